import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import {
  type ExecutionRequest,
  readStaged,
  removeStaged,
  type Staged,
  Stager,
  StagingMemory,
} from '../index.ts';
import { stripped } from '../testing/stripped.ts';
import { BuiltinExecutor } from './pool.ts';

let folder: string;
let executor: BuiltinExecutor;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'gaiwan-executor-'));
  executor = new BuiltinExecutor({
    slots: 1,
    extra: pathToFileURL(stripped('hostile-builtins.ts')).href,
  });
});
afterAll(async () => {
  await executor.close();
  expect(readdirSync(folder)).toEqual([]);
  rmSync(folder, { recursive: true });
});

const stage = (bytes: Uint8Array, memoryLimit?: number): Staged => {
  const stager = new Stager(folder, memoryLimit);
  for (let at = 0; at < bytes.length; at += 70_001) stager.write(bytes.subarray(at, at + 70_001));
  return stager.finish();
};
const text = (staged: Staged | undefined) =>
  Buffer.concat([...readStaged(staged as Staged)].map((chunk) => Buffer.from(chunk)));
const limits = {
  timeMs: 200_000,
  cpuMs: 20_000,
  memoryMiB: 256,
  outputBytes: 1 << 22,
  logBytes: 100,
  files: 10,
};
const request = (functionName: string, more: Partial<ExecutionRequest> = {}): ExecutionRequest => ({
  functionName,
  executorType: 'builtin',
  executor: 'builtin',
  arguments: '{}',
  payload: new Uint8Array(),
  inputs: {},
  outputs: ['o'],
  limits,
  folder,
  ...more,
});

describe('staged data', () => {
  it.each([0, 1, 65_536, 65_537, 3 << 20, (3 << 20) + 7])(
    '%i bytes come back from memory and from disk',
    (size) => {
      const bytes = randomBytes(size);
      for (const limit of [64 << 20, 0]) {
        const staged = stage(bytes, limit);
        expect(staged.kind).toBe(size > 0 && limit === 0 ? 'spool' : 'memory');
        expect(text(staged).equals(bytes)).toBe(true);
        removeStaged(staged);
      }
    },
  );

  it('a spool shows nothing of what is in it', () => {
    const line = 'a line of plaintext, again and again\n';
    const staged = stage(Buffer.from(line.repeat(40_000)), 0) as Extract<Staged, { kind: 'spool' }>;
    const onDisk = readFileSync(staged.path);
    expect(onDisk.length).toBeGreaterThan(line.length * 40_000);
    for (const part of ['plaintext', 'again']) expect(onDisk.includes(part)).toBe(false);
    // Equal chunks do not look alike.
    const chunk = (1 << 20) + 16;
    const same = stage(Buffer.alloc(2 << 20), 0) as Extract<Staged, { kind: 'spool' }>;
    const zeros = readFileSync(same.path);
    expect(zeros.subarray(0, chunk).equals(zeros.subarray(chunk))).toBe(false);
    removeStaged(staged);
    removeStaged(same);
  });

  it('a changed, cut or reordered spool is refused', () => {
    const staged = stage(randomBytes((3 << 20) + 7), 0) as Extract<Staged, { kind: 'spool' }>;
    const good = readFileSync(staged.path);
    const chunk = (1 << 20) + 16;
    const swapped = Buffer.concat([
      good.subarray(chunk, 2 * chunk),
      good.subarray(0, chunk),
      good.subarray(2 * chunk),
    ]);
    const flipped = Buffer.from(good);
    flipped[5] = (flipped[5] as number) ^ 1;
    for (const bad of [swapped, flipped, good.subarray(0, good.length - 1), good.subarray(0, chunk)]) {
      writeFileSync(staged.path, bad);
      expect(() => text(staged)).toThrow(/changed on the disk/);
    }
    expect(good.includes(Buffer.from(staged.key))).toBe(false);
    removeStaged(staged);
  });
});

describe('the built-in executor', () => {
  it('runs a function, with a log where it is asked for', async () => {
    const result = await executor.run(
      request('builtin-echo', { arguments: '{"message":"hi"}', keepLog: true }),
    );
    expect(Buffer.from(result.returnValue).toString()).toBe('hi');
    expect(result.log).toEqual(['[INFO gaiwan::builtin-echo] hi']);
    expect((await executor.run(request('builtin-echo', { arguments: '{"message":"hi"}' }))).log).toEqual([]);
  });

  it('A7: keeps outputs in the memory of the task, which has others back where the function ends without', async () => {
    const memory = new StagingMemory(4 << 20);
    const task = memory.share();
    const input = stage(Buffer.alloc(1 << 20), 0);
    const copy = () => executor.run(request('copy', { inputs: { i: input, j: input }, memory: task }));
    const first = await copy();
    expect([first.outputs['o']?.kind, memory.used]).toEqual(['memory', (1 << 20) + (1 << 16)]);
    await expect(executor.run(request('flood', { memory: task }))).rejects.toMatchObject({
      code: 'output-limit',
    });
    expect(memory.used).toBe((1 << 20) + (1 << 16));
    const others = (4 << 20) - memory.used;
    expect(memory.take(others)).toBe(true);
    const { outputs } = await copy();
    expect(outputs['o']?.kind).toBe('spool');
    for (const staged of [input, outputs['o'] as Staged]) removeStaged(staged);
    task.close();
    expect(memory.used).toBe(others);
  });

  it('A7: takes the same data in several slots', async () => {
    const same = stage(Buffer.from('content'));
    const { outputs } = await executor.run(request('copy', { inputs: { i: same, j: same, k: same } }));
    expect(text(outputs['o']).toString()).toBe('content');
  });

  it('starts a thread for a function that finds none, no more than it has slots, and keeps them', async () => {
    let started = 0;
    const count = () => started++;
    process.on('worker', count);
    onTestFinished(() => void process.off('worker', count));
    const fresh = new BuiltinExecutor({ slots: 2 });
    onTestFinished(() => fresh.close());
    expect(started).toBe(0);
    const echo = () => fresh.run(request('builtin-echo', { arguments: '{"message":"hi"}' }));
    await echo();
    expect(started).toBe(1);
    await Promise.all([echo(), echo(), echo()]);
    expect(started).toBe(2);
    await Promise.all([echo(), echo(), echo()]);
    expect(started).toBe(2);
  });

  it('hands inputs and outputs through, in memory and on disk', async () => {
    const bytes = randomBytes(3 << 20);
    for (const limit of [undefined, 0]) {
      const input = stage(bytes, limit);
      const result = await executor.run(request('copy', { inputs: { i: input } }));
      const hash = (data: Uint8Array) => createHash('sha256').update(data).digest('hex');
      expect(hash(text(result.outputs['o']))).toBe(hash(bytes));
      removeStaged(input);
    }
  });

  it.each([
    ['builtin-echo', {}, 'function', 'Cannot deserialize arguments'],
    ['nothing', {}, 'function', 'Function not found.'],
    ['copy', {}, 'unknown-input', 'Invalid input file identifier.'],
    ['copy', { executor: 'wamr' }, 'not-available', 'function not available: (builtin, wamr)'],
    ['spin', { limits: { ...limits, timeMs: 200 } }, 'time-limit', '200 ms'],
    ['spin', { limits: { ...limits, cpuMs: 200 } }, 'cpu-limit', '200 ms of processor time'],
    ['hog', {}, 'memory-limit', '256 MiB'],
    ['hoard', {}, 'memory-limit', '256 MiB'],
    ['flood', {}, 'output-limit', '4194304 bytes'],
    ['chatter', { keepLog: true }, 'log-limit', '100 bytes'],
    ['long', { limits: { ...limits, outputBytes: 2 ** 40 } }, 'output-limit', '8388608 bytes'],
    ['lines', { keepLog: true, limits: { ...limits, logBytes: 8 << 20 } }, 'log-limit', '100000 lines'],
    ['opener', {}, 'files-limit', '10 times'],
    ['die', {}, 'crashed', 'ended'],
    ['throw', {}, 'crashed', 'The function failed (RangeError).'],
  ])('%s %j ends with %s', async (name, more, code, message) => {
    const failed = await executor
      .run(request(name, more as Partial<ExecutionRequest>))
      .catch((error: unknown) => error);
    expect(failed).toMatchObject({ code, message: expect.stringContaining(message) as string });
    // The pool continues.
    const after = await executor.run(request('builtin-echo', { arguments: '{"message":"still here"}' }));
    expect(Buffer.from(after.returnValue).toString()).toBe('still here');
  });

  it('counts the processor time of one job alone', async () => {
    const spin = request('spin', { limits: { ...limits, timeMs: 250 } });
    for (let round = 0; round < 2; round++)
      await expect(executor.run(spin)).rejects.toMatchObject({ code: 'time-limit' });
    const job = (name: string) => request(name, { limits: { ...limits, cpuMs: 350 } });
    // 200 ms each, by the same thread.
    for (let round = 0; round < 4; round++) await executor.run(job('work'));
  });

  it('tells what a function had logged before it failed', async () => {
    await expect(executor.run(request('chatter', { keepLog: true }))).rejects.toMatchObject({
      log: ['[INFO gaiwan::chatter] line', '[INFO gaiwan::chatter] line', '[INFO gaiwan::chatter] line'],
    });
  });

  it('cuts a refusal of any length', async () => {
    const failed: unknown = await executor.run(request('verbose')).catch((error: unknown) => error);
    expect(failed).toMatchObject({ code: 'function', message: `${'refused '.repeat(125)}...` });
  });

  it('stops a function when the task is cancelled', async () => {
    const abort = new AbortController();
    const running = executor.run(request('spin', { signal: abort.signal }));
    // oxlint-disable-next-line tests/no-sleep -- at any moment
    setTimeout(() => abort.abort(), 50);
    await expect(running).rejects.toMatchObject({ code: 'canceled' });
  });
});
