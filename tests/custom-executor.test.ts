/** The example of an executor in another language, as its README says. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  customRunner,
  readStaged,
  SandboxExecutor,
  type Staged,
  Stager,
} from '../packages/executors/src/index.ts';

const example = join(import.meta.dirname, '../examples/custom-executor');
const perl = spawnSync('/usr/bin/perl', ['-MJSON::PP', '-e', '1']).status === 0;
if (!perl)
  console.warn('SKIPPED: examples/custom-executor wants /usr/bin/perl with JSON::PP (Debian: perl).');

describe.skipIf(!perl)('examples/custom-executor', () => {
  let folder: string;
  let executor: SandboxExecutor;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'gaiwan-custom-'));
    const config: unknown = JSON.parse(readFileSync(join(example, 'executor.json'), 'utf8'));
    executor = await SandboxExecutor.open({
      runner: customRunner(config, example),
      slots: 1,
      sandbox: { folder, require: ['process'] },
    });
  });
  afterAll(async () => {
    await executor.close();
    rmSync(folder, { recursive: true });
  });

  const run = (code: string | Buffer, text: string) => {
    const stager = new Stager(folder);
    stager.write(Buffer.from(text));
    return executor.run({
      functionName: 'word-count',
      executorType: 'custom:perl',
      executor: 'perl',
      arguments: '{"least":2}',
      payload: Buffer.from(code),
      inputs: { text: stager.finish() },
      outputs: ['counts'],
      limits: {
        timeMs: 20_000,
        cpuMs: 20_000,
        memoryMiB: 128,
        outputBytes: 1 << 20,
        logBytes: 1 << 16,
        files: 10,
      },
      folder,
    });
  };

  it('counts words', async () => {
    const function_ = readFileSync(join(example, 'word-count.pl'));
    const { returnValue, outputs, log } = await run(
      function_,
      'To be, or not to be: that is the question.\n',
    );
    expect(Buffer.from(returnValue).toString()).toBe('8');
    expect(Buffer.concat([...readStaged(outputs['counts'] as Staged)]).toString()).toBe('be,2\nto,2\n');
    expect(log).toEqual(['counted 8 words']);
  });

  it('a function that fails says why', async () => {
    await expect(run('sub main { die "no words\\n" }', '')).rejects.toMatchObject({
      code: 'function',
      message: 'no words\n',
    });
    await expect(run('sub main {', '')).rejects.toMatchObject({ code: 'function' });
    await expect(run(`sub main { open_input('other') }`, '')).rejects.toMatchObject({
      code: 'unknown-input',
      message: expect.stringContaining('Invalid input file identifier.'),
    });
    await expect(
      run(`sub main { eval { open_input('other') }; die $@ . 'and more' }`, ''),
    ).rejects.toMatchObject({
      code: 'function',
      message: expect.stringContaining('Invalid input file identifier.\nand more'),
    });
  });
});
