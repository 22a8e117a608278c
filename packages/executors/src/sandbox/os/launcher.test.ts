/** What stands without the layers that most count. */
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { survivors, traces } from '../../testing/leaks.ts';
import type { RunnerSpec } from '../runner.ts';
import { usersExist } from './identity.ts';
import { OsLauncher, type OsLayers } from './launcher.ts';
import { which } from './tools.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'gaiwan-launcher-'));
});
afterAll(() => rmSync(folder, { recursive: true }));
const isRoot = process.platform === 'linux' && process.getuid?.() === 0;
const setpriv = isRoot ? which('setpriv') : undefined;

const launcher = (layers: Partial<OsLayers>) =>
  new OsLauncher({
    folder,
    visible: { source: (path) => path, remove: async () => undefined },
    processes: 64,
    scratchBytes: 1 << 20,
    ...layers,
  });
const shell = (script: string): RunnerSpec => ({
  name: 'shell',
  pairs: [],
  command: ['/bin/sh', '-c', script],
  readOnly: [],
  layers: { interpreter: '' },
  overheadMiB: 0,
});

describe('a layer', () => {
  it('is not announced unless it was tried', () => {
    expect(launcher({}).layers).toEqual([]);
    expect(launcher({ process: true }).layers).toEqual(['process']);
  });

  if (!isRoot) console.warn('SKIPPED: what keeps root from being root wants root.');
  it.runIf(isRoot)('that keeps root from being root is missing: nothing starts', () => {
    const before = traces();
    expect(() => launcher({ process: true }).launch(shell('true'))).toThrow(
      expect.objectContaining({ code: 'layer', message: expect.stringContaining('setpriv') as string }),
    );
    expect(traces()).toEqual(before);
  });

  const inUserNamespace = ['-Ur', process.execPath, '--no-warnings'];
  const unshare = which('unshare') ?? 'none';
  const able = isRoot && spawnSync(unshare, ['-Ur', '/bin/true']).status === 0;
  if (!able) console.warn('SKIPPED: root without other users wants root and unshare -Ur.');
  it.skipIf(!able)('is not on offer where root is the only user that there is', () => {
    const script = `import { checkLayers } from '${join(import.meta.dirname, '../layers.ts')}';
      const said = await checkLayers({ folder: '${folder}', require: ['process'] }).then(String, ({ code, message }) => code + ': ' + message);
      const weak = await checkLayers({ folder: '${folder}', require: [] }).then(String);
      console.log(JSON.stringify({ said, weak }));`;
    const args = [...inUserNamespace, '--input-type=module-typescript', '-e', script];
    const { stdout, stderr } = spawnSync(unshare, args, { encoding: 'utf8' });
    expect(stderr).toBe('');
    const { said, weak } = JSON.parse(stdout) as { said: string; weak: string };
    expect(said).toMatch(
      /^layer: The layer "process" is required and not on offer: the users 61184 to 65519/,
    );
    expect(weak).toBe('');
  });
});

const possible = setpriv !== undefined && usersExist() && which('setsid') !== undefined;
if (!possible) console.warn('SKIPPED: strays of a sandbox want root, setpriv and setsid.');
describe.skipIf(!possible)('without namespaces and control groups', () => {
  const strays = (marker: string) =>
    `for i in 1 2 3; do setsid sh -c 'setsid sleep ${marker} & wait' </dev/null >/dev/null 2>&1 & done; echo x`;

  it('what left its parents and its session ends with its job, and the user is free again', async () => {
    const marker = `300.${process.pid}`;
    const before = traces();
    const sandboxed = launcher({ ...(setpriv && { setpriv }) }).launch(shell(strays(marker)));
    expect(traces().length).toBe(before.length + 1);
    sandboxed.child.stdout.resume();
    sandboxed.child.stderr.resume();
    await once(sandboxed.child, 'close');
    // Three shells, and what each of them starts.
    await expect.poll(() => survivors(marker).length).toBeGreaterThanOrEqual(6);
    await sandboxed.release();
    expect(survivors(marker)).toEqual([]);
    expect(traces()).toEqual(before);
  });

  it('a fork bomb that has no parent any more, too', async () => {
    const marker = `gaiwan-bomb-${process.pid}`;
    const bomb = `setsid sh -c 'b() { b ${marker} & b & wait; }; b' ${marker} </dev/null >/dev/null 2>&1 & sleep 0.3`;
    const prlimit = which('prlimit');
    const sandboxed = launcher({ ...(setpriv && { setpriv }), ...(prlimit && { prlimit }) }).launch(
      shell(bomb),
    );
    sandboxed.child.stdout.resume();
    sandboxed.child.stderr.resume();
    await once(sandboxed.child, 'close');
    await sandboxed.release();
    expect(survivors(marker)).toEqual([]);
  });

  it('no file’s privileges are had', async () => {
    const sandboxed = launcher({ ...(setpriv && { setpriv }) }).launch(
      shell('grep NoNewPrivs /proc/self/status'),
    );
    let said = '';
    sandboxed.child.stdout.on('data', (chunk: Buffer) => {
      said += chunk.toString();
    });
    sandboxed.child.stderr.resume();
    await once(sandboxed.child, 'close');
    await sandboxed.release();
    expect(said).toMatch(/^NoNewPrivs:\s+1$/m);
  });

  it('a user is given back even where its group cannot be removed', async () => {
    const before = traces();
    const groups = mkdtempSync(join(tmpdir(), 'gaiwan-nogroup-'));
    try {
      // An ordinary folder: the kernel puts no files into it, and it is not empty afterwards.
      const sandboxed = launcher({
        ...(setpriv && { setpriv }),
        cgroups: { version: 2, unified: groups },
      }).launch(shell('true'));
      sandboxed.child.stdout.resume();
      sandboxed.child.stderr.resume();
      await once(sandboxed.child, 'close');
      await expect(sandboxed.release()).rejects.toMatchObject({ code: 'ENOTEMPTY' });
      expect(traces()).toEqual(before);
    } finally {
      rmSync(groups, { recursive: true });
    }
  });
});
