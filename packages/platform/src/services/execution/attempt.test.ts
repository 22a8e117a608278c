import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type ExecutionRequest,
  type Executor,
  ExecutorError,
  Stager,
  StagingMemory,
} from '@gaiwan/executors';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { MemoryFiles, type SmallLease, smallLease } from '../../testing/leases.ts';
import { ApprovedTask } from './approved-task.ts';
import { attempt } from './attempt.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gaiwan-attempt-'));
});
afterEach(() => {
  // Whatever happened, nothing of the attempt is left.
  expect(readdirSync(folder)).toEqual([]);
  rmSync(folder, { recursive: true });
});

const sha256 = (text: string) => createHash('sha256').update(text).digest();
const digests = { returnValue: sha256('result'), outputs: { out: sha256('output') } };

/** A function that logs, writes its output and ends. */
const good: Executor['run'] = ({ folder: place }: ExecutionRequest) => {
  const stager = new Stager(place);
  stager.write(Buffer.from('output'));
  return Promise.resolve({
    returnValue: Buffer.from('result'),
    log: ['line'],
    outputs: { out: stager.finish() },
  });
};

async function run(
  asked: SmallLease,
  function_: Executor['run'] = good,
  turn: () => Promise<(() => void) | undefined> = () => Promise.resolve(() => undefined),
) {
  const ran = vi.fn(function_);
  const { put, fetch } = new MemoryFiles();
  const intent = vi.fn(() => Promise.resolve(true));
  const end = await attempt({
    task: ApprovedTask.check(smallLease(asked)),
    executor: { name: 'x', layers: ['process'], pairs: [], slots: 1, run: ran, close: async () => undefined },
    files: { put, fetch },
    folder,
    intent,
    turn,
    memory: new StagingMemory(),
    onDropped: () => expect.unreachable(),
    signal: new AbortController().signal,
  });
  return { end, ran, put, intent };
}

describe('an attempt', () => {
  it('runs within the manifest’s limits, stores, and says how it ran', async () => {
    const limits = { timeMs: 60_000, cpuMs: 2, memoryMiB: 3, outputBytes: 4, logBytes: 5, files: 6 };
    const ofFiles = { stagedBytes: 7, transferMs: 60_001 };
    const { end, ran, put, intent } = await run({ limits: { ...limits, ...ofFiles }, logs: ['creator'] });
    expect(ran.mock.calls[0]?.[0]).toMatchObject({
      functionName: 'f',
      executorType: 'custom:x',
      executor: 'x',
      arguments: '{}',
      payload: new Uint8Array(Buffer.from('code')),
      outputs: ['out'],
      limits,
      keepLog: true,
    });
    // Those of its files are no business of the function.
    expect(ran.mock.calls[0]?.[0].limits).toEqual(limits);
    expect(end?.result.result).toMatchObject({
      case: 'Ok',
      value: { returnValue: Buffer.from('result'), log: ['line'] },
    });
    expect(end?.report).toMatchObject({ runner: 'x', layers: ['process'], log: [] });
    expect(end?.report).not.toHaveProperty('digests');
    expect(intent).toHaveBeenCalledWith('output-1', digests.outputs.out);
    expect(put).toHaveBeenCalledOnce();
  });

  it('keeps no log that nobody may read, of a good end or a bad one', async () => {
    const { end } = await run({});
    expect(end?.result.result).toMatchObject({ value: { log: [] } });
    const bad: Executor['run'] = () =>
      Promise.reject(new ExecutorError('log-limit', 'too much', { log: ['line'] }));
    const failed = async (logs: SmallLease['logs'] = []) => (await run({ logs }, bad)).end;
    expect((await failed())?.report?.log).toEqual([]);
    expect(await failed(['creator'])).toMatchObject({
      result: { result: { case: 'Err', value: { reason: 'too much' } } },
      report: { log: ['line'] },
    });
  });

  it('without files has no folder', async () => {
    const place = vi.fn<Executor['run']>(({ folder: given }) => {
      expect(readdirSync(folder)).toEqual([]);
      expect(existsSync(given)).toBe(false);
      return Promise.resolve({ returnValue: Buffer.from('result'), log: [], outputs: {} });
    });
    const { end } = await run({ noFiles: true }, place);
    expect(end?.result.result).toMatchObject({ value: { returnValue: Buffer.from('result') } });
    expect(place).toHaveBeenCalledOnce();
  });

  it('that does not get its turn goes back, and nothing has run', async () => {
    const { end, ran } = await run({}, good, () => Promise.resolve(undefined));
    expect(end).toBeUndefined();
    expect(ran).not.toHaveBeenCalled();
  });
});

describe('of two runs', () => {
  it('the first stores nothing, and says what it made', async () => {
    const { end, put, intent } = await run({ repeat: true });
    expect(end).toMatchObject({ result: { result: { case: 'Ok' } }, report: { digests } });
    expect(end?.result.result.value).toEqual({});
    expect(put).not.toHaveBeenCalled();
    expect(intent).not.toHaveBeenCalled();
  });

  it('the second stores what is the same', async () => {
    const { end, put } = await run({ repeat: true, expected: digests });
    expect(end).toMatchObject({ result: { result: { case: 'Ok' } }, report: { digests } });
    expect(put).toHaveBeenCalledOnce();
  });

  it.each([
    { ...digests, returnValue: sha256('other') },
    { ...digests, outputs: { out: sha256('other') } },
  ])('the second stores nothing of what is not the same', async (expected) => {
    const { end, put, intent } = await run({ repeat: true, expected });
    expect(end).toMatchObject({ result: { result: { case: 'Err' } }, report: { digests } });
    expect(put).not.toHaveBeenCalled();
    expect(intent).not.toHaveBeenCalled();
  });
});
