/** What `npm test` says at the end, with files that skip tests. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const root = join(import.meta.dirname, '..');
const config = join(import.meta.dirname, 'fixtures/skips/vitest.config.ts');
const run = (...args: readonly string[]) =>
  spawnSync(
    process.execPath,
    [join(root, 'node_modules/vitest/vitest.mjs'), 'run', '--config', config, ...args],
    { cwd: root, encoding: 'utf8' },
  );

it('says what was skipped and why, and ends with the counts', () => {
  const { status, stdout } = run('says-why');
  expect(status).toBe(0);
  const why = 'there is no such tool on this machine.; the wrong moon; the disk is small';
  expect(stdout).toContain(`\nSkipped here:\n  tests/fixtures/skips/says-why.skip.ts (3): ${why}\n`);
  expect(stdout).toMatch(/\n1 passed, 0 failed, 3 skipped\n$/);
});

it('fails where a file does not say why it skips, unless only some tests were asked for', () => {
  const { status, stdout } = run('says-why', 'silent');
  expect(status).toBe(1);
  expect(stdout).toMatch(/do not say why:\n {2}tests\/fixtures\/skips\/silent\.skip\.ts\n/);
  expect(stdout).toMatch(/\n2 passed, 1 failed, 4 skipped\n$/);
  expect(run('silent', '-t', 'runs the rest').status).toBe(0);
});

it('says at once why a test failed', () => {
  const { status, stdout } = run('fails');
  expect(status).toBe(1);
  expect(stdout).toMatch(/^FAILED tests\/fixtures\/skips\/fails\.skip\.ts > a group > fails: not today$/m);
  expect(stdout).toMatch(/\n1 passed, 1 failed, 0 skipped\n$/);
});
