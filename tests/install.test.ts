/** scripts/install.mjs: folders whose packages nothing else needs are installed when they are used. */
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { without } from './support/peers.ts';
import { temporaryFolder } from './support/platform.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const script = join(root, 'scripts/install.mjs');

const lock = (packages: Readonly<Record<string, object>>) => JSON.stringify({ packages });
const wanted = {
  '': { name: 'planted' },
  'node_modules/a': { version: '1.0.0', integrity: 'sha512-A' },
  'node_modules/b-other': { version: '1.0.0', optional: true },
};

/** A folder with a lock file, and an npm that installs it, or can't. */
function planted({ fails = false } = {}) {
  const base = temporaryFolder();
  onTestFinished(() => rmSync(base, { recursive: true }));
  const folder = join(base, 'peers');
  mkdirSync(folder);
  writeFileSync(join(folder, 'package.json'), '{ "description": "What is compared" }');
  writeFileSync(join(folder, 'package-lock.json'), lock(wanted));
  const { '': _folder, 'node_modules/b-other': _other, ...installed } = wanted;
  const record = (packages: Readonly<Record<string, object>> = installed) => {
    mkdirSync(join(folder, 'node_modules'), { recursive: true });
    writeFileSync(join(folder, 'node_modules/.package-lock.json'), lock(packages));
  };
  const log = join(base, 'log');
  const does = fails
    ? 'exit 1'
    : `mkdir -p node_modules; echo '${lock(installed)}' > node_modules/.package-lock.json`;
  writeFileSync(join(base, 'npm'), `#!/bin/sh\necho "$*" >> ${log}\n${does}\n`);
  chmodSync(join(base, 'npm'), 0o755);
  const run = () =>
    spawnSync(process.execPath, [script, relative(root, folder)], {
      encoding: 'utf8',
      env: { PATH: `${base}:/usr/bin:/bin:${dirname(process.execPath)}` },
    });
  return { run, record, calls: () => (existsSync(log) ? readFileSync(log, 'utf8').trim().split('\n') : []) };
}

describe('scripts/install.mjs', () => {
  it('installs once, from the lock file, and says so once', () => {
    const { run, calls } = planted();
    const first = run();
    expect(first.status).toBe(0);
    expect(first.stdout).toMatch(/^Installing \S*peers \(What is compared; only the first time\) \.\.\.\n$/);
    expect(run()).toMatchObject({ status: 0, stdout: '', stderr: '' });
    expect(calls()).toEqual([expect.stringMatching(/^ci --ignore-scripts/)]);
  });

  it.each([
    ['lacks a package', {}],
    ['has it in another version', { 'node_modules/a': { version: '0.9.0', integrity: 'sha512-A' } }],
    ['has it with other bytes', { 'node_modules/a': { version: '1.0.0', integrity: 'sha512-B' } }],
  ])('installs again what %s', (_what, packages) => {
    const { run, record, calls } = planted();
    record(packages);
    expect(run().status).toBe(0);
    expect(calls()).toHaveLength(1);
  });

  it('leaves alone what is as the lock file says, but for what is for other machines', () => {
    const { run, record, calls } = planted();
    record();
    expect(run()).toMatchObject({ status: 0, stdout: '' });
    expect(calls()).toEqual([]);
  });

  it('fails where it cannot be installed, and says what to run', () => {
    const { status, stderr } = planted({ fails: true }).run();
    expect(status).toBe(1);
    expect(stderr).toMatch(/could not be installed.*run: npm ci --prefix \S*peers/);
  });
});

describe('a test beside a peer that is not installed', () => {
  it('fails in CI, where it must not vanish', () => {
    const missing = new Error('Cannot find package');
    const before = process.env['GAIWAN_PEERS'];
    onTestFinished(() => {
      if (before === undefined) delete process.env['GAIWAN_PEERS'];
      else process.env['GAIWAN_PEERS'] = before;
    });
    process.env['GAIWAN_PEERS'] = 'required';
    expect(() => without('peer')(missing)).toThrow(missing);
  });
});
