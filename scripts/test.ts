/** `npm test`: vitest with these arguments, and an end to a run that stalls. */
import { join } from 'node:path';
import { supervise } from './test/supervise.ts';

const root = join(import.meta.dirname, '..');
const MINUTE = 60_000;
const given = process.argv.slice(2);
/** A reporter on the command line replaces those of vitest.config.ts, and without this one a run looks as if it had stalled. */
const progress = given.some((one) => one.startsWith('--reporter'))
  ? [`--reporter=${join(root, 'scripts/test/progress.ts')}`]
  : [];

process.exitCode = await supervise({
  command: [join(root, 'node_modules/vitest/vitest.mjs'), 'run', ...given, ...progress],
  cwd: root,
  // Beyond the timeout of tests and hooks in vitest.config.ts.
  limit: 8 * MINUTE,
  notice: 2 * MINUTE,
  say: (text) => process.stdout.write(text),
});
