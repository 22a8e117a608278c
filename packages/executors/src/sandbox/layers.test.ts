/** Layers that are required, and installations that not everybody may read. */
import { cpSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { nativeJob, nativeRunner } from '../testing/native.ts';
import { canTest } from '../testing/perl.ts';
import { stripped } from '../testing/stripped.ts';
import { nodeRuntime } from './runtimes.ts';
import { SandboxExecutor } from './sandbox-executor.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gaiwan-layers-'));
});
afterEach(() => rmSync(folder, { recursive: true }));
const isRoot = process.getuid?.() === 0;

describe('a layer that is required', () => {
  it('and switched off: nothing is run', async () => {
    const opening = SandboxExecutor.open({
      runner: nativeRunner(),
      sandbox: { folder, require: ['seccomp'], without: ['seccomp'] },
    });
    await expect(opening).rejects.toMatchObject({
      code: 'layer',
      message: expect.stringContaining('"seccomp" is required') as string,
    });
  });

  it.runIf(process.platform === 'linux')(
    'and not there: says why, and how to get it (skipped: no Linux)',
    async () => {
      const opening = SandboxExecutor.open({
        runner: nativeRunner(),
        sandbox: { folder, require: ['process', 'cgroups'], cgroup: join(folder, 'missing') },
      });
      await expect(opening).rejects.toThrow(
        /"cgroups" is required and not on offer: ENOENT.* To get it: start the/,
      );
    },
  );

  it('is used although it is not required', async () => {
    const executor = await SandboxExecutor.open({ runner: nativeRunner(), sandbox: { folder, require: [] } });
    const all = await canTest('namespaces', 'seccomp', 'rlimits');
    if (all) expect(executor.layers).toEqual(expect.arrayContaining(['namespaces', 'seccomp', 'rlimits']));
    expect(executor.layers[0]).toBe('process');
    await executor.close();
  });
});

if (!isRoot) console.warn('SKIPPED: what only its owner may enter wants root.');
describe.skipIf(!isRoot)('what only its owner may enter', () => {
  it('runs in a sandbox all the same', async () => {
    if (!(await canTest('namespaces'))) return;
    const script = join(folder, 'runner.mjs');
    cpSync(stripped('native-runner.ts'), script);
    const runner = nativeRunner({
      command: [process.execPath, '--no-warnings', script],
      readOnly: [...nodeRuntime(), script],
    });
    // A temporary folder is for its owner only.
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    const executor = await SandboxExecutor.open({ runner, slots: 1, sandbox: { folder } });
    const { returnValue } = await executor.run(nativeJob('return "seen"', folder));
    expect(Buffer.from(returnValue).toString()).toBe('seen');
    await executor.close();
  });
});
