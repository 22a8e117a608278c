/** `npm test`: vitest with these arguments, and an end to a run that stalls. */
import { join } from 'node:path';
import { supervise } from './test/supervise.ts';

const root = join(import.meta.dirname, '..');
const MINUTE = 60_000;

process.exitCode = await supervise({
  command: [join(root, 'node_modules/vitest/vitest.mjs'), 'run', ...process.argv.slice(2)],
  cwd: root,
  // Beyond the timeout of tests and hooks in vitest.config.ts.
  limit: 8 * MINUTE,
  notice: 2 * MINUTE,
  say: (text) => process.stdout.write(text),
});
