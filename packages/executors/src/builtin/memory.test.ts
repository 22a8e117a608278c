/** What one job leaves behind is not the next one's burden, and does not add up. */
import { execFileSync } from 'node:child_process';
import { closeSync, constants, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { builtins, type CataloguedFunction } from '@gaiwan/functions';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stripped } from '../testing/stripped.ts';
import { BuiltinExecutor } from './pool.ts';

let folder: string;
let executor: BuiltinExecutor;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'gaiwan-memory-'));
  executor = new BuiltinExecutor({
    slots: 1,
    extra: pathToFileURL(stripped('hostile-builtins.ts')).href,
  });
});
afterAll(async () => {
  await executor.close();
  rmSync(folder, { recursive: true });
});

const limits = {
  timeMs: 200_000,
  cpuMs: 30_000,
  memoryMiB: 1024,
  outputBytes: 1 << 20,
  logBytes: 100,
  files: 10,
};
const run = async (functionName: string, more: Partial<typeof limits> = {}, args: unknown = {}) => {
  const { returnValue } = await executor.run({
    functionName,
    executorType: 'builtin',
    executor: 'builtin',
    arguments: JSON.stringify(args),
    payload: new Uint8Array(),
    inputs: {},
    outputs: [],
    limits: { ...limits, ...more },
    folder,
  });
  return Buffer.from(returnValue).toString();
};

describe('the memory of threads', () => {
  it("is not charged for the garbage of another's job", async () => {
    for (let round = 0; round < 3; round++) {
      expect(await run('litter')).toBe(String(600 << 20));
      // Longer than the pool takes to look at the memory.
      expect(await run('work', { memoryMiB: 64 })).toBe('worked');
    }
  });

  it('is given back with the thread where a job keeps it, or asks for that', async () => {
    expect([await run('keep'), await run('keep')]).toEqual(['1', '1']);
    expect([await run('retire'), await run('retire')]).toEqual(['1', '1']);
  });

  it('does not grow with the number of models that ran', async () => {
    const { entry } = builtins.get('builtin-face-detection') as CataloguedFunction;
    const after: number[] = [];
    for (let round = 0; round < 8; round++) {
      expect(await run('builtin-face-detection', {}, entry.example.arguments)).toBe('[]');
      after.push(process.memoryUsage.rss() / 2 ** 20);
    }
    // Where threads keep what a model leaves, each of these five leaves some 50 MiB.
    expect(Math.max(...after.slice(3)) - (after[2] as number)).toBeLessThan(150);
  });

  it('is told to functions whose memory the pool cannot measure', async () => {
    expect(await run('allowance', { memoryMiB: 77 })).toBe(String(77 << 20));
  });

  it('a task learns of its limit while a native call still runs, and the pool continues', async () => {
    const pipe = join(folder, 'pipe');
    execFileSync('mkfifo', [pipe]);
    const deaf = run('deaf', { timeMs: 300 }, { pipe });
    await expect(deaf).rejects.toMatchObject({ code: 'time-limit' });
    expect(await run('builtin-echo', {}, { message: 'next' })).toBe('next');
    // Without a reader this throws: the call still runs. It ends with what it reads.
    closeSync(openSync(pipe, constants.O_WRONLY | constants.O_NONBLOCK));
  });
});
