/** Virtual environments as `python3 -m venv` makes them: their interpreter is a symbolic link. */
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SandboxExecutor } from '../../sandbox/sandbox-executor.ts';
import { canTest } from '../../testing/perl.ts';
import { hasPython3, PYTHON3, roomy, saySkipped } from '../../testing/python.ts';
import { cpythonRunner } from './spec.ts';

saySkipped();
const possible = hasPython3 && (await canTest('namespaces', 'seccomp', 'rlimits'));
if (!possible) console.warn(`SKIPPED: ${PYTHON3} and bubblewrap are wanted to run a virtual environment.`);

const FUNCTION = `
import sys, brought
def main(inputs, outputs, args):
    return brought.GREETING + (" in a venv" if sys.prefix != sys.base_prefix else "")
`;

describe.skipIf(!possible)('a virtual environment', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'gaiwan-venv-'));
    const at = join(folder, 'environment');
    execFileSync(PYTHON3, ['-m', 'venv', '--without-pip', '--symlinks', at]);
    const path = execFileSync(join(at, 'bin/python3'), [
      '-c',
      'import sysconfig; print(sysconfig.get_path("purelib"))',
    ]);
    writeFileSync(join(path.toString().trim(), 'brought.py'), 'GREETING = "hello"\n');
    symlinkSync('environment', join(folder, 'link'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it.each([
    ['where everybody may read it', 0o755, 'environment'],
    ['where only its owner may', 0o700, 'environment'],
    ['by a link to its folder', 0o755, 'link'],
  ])('%s runs functions with its modules', async (_where, mode, name) => {
    chmodSync(folder, mode);
    const python = join(folder, name, 'bin/python3');
    const runner = await cpythonRunner({ python, modules: ['brought'], sandbox: { folder } });
    const warm = { generic: 1, prepared: 0 };
    const executor = await SandboxExecutor.open({ runner, slots: 1, warm, sandbox: { folder } });
    try {
      const request = {
        executorType: 'python',
        executor: 'cpython',
        payload: Buffer.from(FUNCTION),
        arguments: '{}',
      };
      const given = { functionName: 'f', inputs: {}, outputs: [], limits: roomy, folder };
      const { returnValue } = await executor.run({ ...request, ...given });
      expect(Buffer.from(returnValue).toString()).toContain('hello in a venv');
    } finally {
      await executor.close();
    }
  });
});
