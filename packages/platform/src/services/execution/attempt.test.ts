import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type ExecutionRequest,
  type Executor,
  ExecutorError,
  HostFault,
  SandboxError,
  Stager,
  StagingMemory,
} from '@gaiwan/executors';
import { FilesError } from '@gaiwan/files';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { MemoryFiles, type SmallLease, smallLease } from '../../testing/leases.ts';
import { ApprovedTask } from './approved-task.ts';
import { type AttemptOptions, attempt } from './attempt.ts';

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
  more: Partial<AttemptOptions> = {},
) {
  const ran = vi.fn(function_);
  const { put, fetch } = new MemoryFiles();
  const intent = vi.fn(() => Promise.resolve(true));
  const reported: unknown[] = [];
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
    report: (error) => reported.push(error),
    ...more,
  });
  return { end: 'result' in end ? end : undefined, given: end, ran, put, intent, reported };
}

describe('an attempt', () => {
  it('names its trust domain where the manifest allows that its sandbox is kept, and there alone', async () => {
    const domainOf = async (asked: SmallLease) => (await run(asked)).ran.mock.calls[0]?.[0].domain;
    expect(await domainOf({ sandboxes: 'kept' })).toMatch(/^[0-9a-f]{64}$/);
    expect(await domainOf({ sandboxes: 'fresh' })).toBeUndefined();
  });

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
    const { given, ran } = await run({}, good, () => Promise.resolve(undefined));
    expect(given).toEqual({});
    expect(ran).not.toHaveBeenCalled();
  });
});

describe("what the worker's host does to an attempt", () => {
  const PATH = '/var/lib/gaiwan/work/0';
  const failing =
    (error: Error): Executor['run'] =>
    () =>
      Promise.reject(error);
  const errno = (code: string) =>
    Object.assign(new Error(`${code}: something, open '${PATH}/x'`), { code, path: `${PATH}/x` });

  it.each([
    ['disk', "The worker's disk is full, or failed."],
    ['killed', 'The worker ran out of memory, or the process of the function was killed on it.'],
  ] as const)('(%s) loses the attempt, not the task; the operator is told where', async (code, lost) => {
    const error = new HostFault(code, `no room in ${PATH}`);
    const { given, reported } = await run({}, failing(error));
    expect([given, reported]).toEqual([{ lost }, [error]]);
  });

  it('where no process starts, the attempt does not count', async () => {
    const error = new HostFault('not-started', `bwrap: Can't create file at ${PATH}`);
    const { given, reported } = await run({}, failing(error));
    expect([given, reported]).toEqual([{}, [error]]);
  });

  it('as it makes the folder, or writes an output there, is told apart from what is wrong with files', async () => {
    const disappears: Executor['run'] = async (request) => {
      const result = await good(request);
      rmSync(request.folder, { recursive: true });
      return result;
    };
    const { given, reported } = await run({}, disappears);
    expect(given).toEqual({ lost: "The worker's disk is full, or failed." });
    expect(reported).toMatchObject([{ name: 'HostFault', code: 'disk' }]);
  });

  it.each([
    ['an error of the system', errno('EMFILE')],
    ['an error that nobody foresaw', new TypeError(`cannot read ${PATH}`)],
    ['an error of files', new FilesError('io', `Cannot write ${PATH}/out.`)],
    ['an error of the sandbox', new SandboxError('start', `bwrap: Can't create file at ${PATH}`)],
    ['a fault of the host', new HostFault('disk', `no room in ${PATH}`)],
    ['a word', `${PATH} is full` as unknown as Error],
  ])('is never told to participants with a path: %s', async (_what, error) => {
    const inRun = await run({}, failing(error));
    const aside = { files: { fetch: vi.fn(), put: () => Promise.reject(error) } };
    const inPut = await run({}, good, undefined, aside);
    for (const { given } of [inRun, inPut]) expect(JSON.stringify(given)).not.toContain(PATH);
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
