/** An attempt ends: with its task's time, with a cancel, and a while after either whatever it waits for. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
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
import { defaultTaskLimits } from '../../domain/index.ts';
import { limits } from '../../limits.ts';
import { MemoryFiles, smallLease } from '../../testing/leases.ts';
import { ApprovedTask } from './approved-task.ts';
import { type AttemptEnd, attempt } from './attempt.ts';
import type { AskIntent } from './outputs.ts';
import type { TaskFiles } from './task-files.ts';

let folder: string;
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  folder = mkdtempSync(join(tmpdir(), 'gaiwan-attempt-ends-'));
});
afterEach(() => {
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
  expect(readdirSync(folder)).toEqual([]);
  rmSync(folder, { recursive: true });
});

const TIMES = { timeMs: 5000, transferMs: 3000 };

/** Each of them is called, and says when. */
interface Parts {
  readonly run?: Executor['run'];
  readonly put?: TaskFiles['put'];
  readonly intent?: AskIntent;
  readonly cancel?: AbortController;
}

const good: Executor['run'] = ({ folder: place, memory }) => {
  const stager = new Stager(place, memory);
  stager.write(Buffer.from('output'));
  const outputs = { out: stager.finish() };
  return Promise.resolve({ returnValue: Buffer.from('result'), log: ['line'], outputs });
};

function begin({ run = good, put, intent = () => Promise.resolve(true), cancel }: Parts) {
  const memory = new StagingMemory();
  const leave = vi.fn();
  const dropped: Promise<unknown>[] = [];
  const files = new MemoryFiles();
  const ending = attempt({
    task: ApprovedTask.check(smallLease({ limits: { ...defaultTaskLimits, ...TIMES }, logs: ['creator'] })),
    executor: { name: 'x', layers: [], pairs: [], slots: 1, run, close: async () => undefined },
    files: { fetch: files.fetch, put: put ?? files.put },
    folder,
    intent,
    turn: () => Promise.resolve(leave),
    memory,
    onDropped: (working) => void dropped.push(working),
    signal: (cancel ?? new AbortController()).signal,
    report: () => expect.unreachable(),
  }).then((end) => ('result' in end ? end : undefined));
  return { ending, memory, leave, dropped };
}

const reasonOf = (end: AttemptEnd | undefined) =>
  end?.result.result.case === 'Err' ? end.result.result.value.reason : end;

const aborted = (signal: AbortSignal | undefined) =>
  new Promise<never>((_resolve, reject) => {
    signal?.addEventListener('abort', () =>
      reject(new ExecutorError('canceled', 'The task was cancelled.', { log: ['until then'] })),
    );
  });

describe('A7: the time of a task', () => {
  it('ends its function, and says so, with what it had logged', async () => {
    const { ending, leave, memory } = begin({
      run: ({ signal }) => {
        const ended = aborted(signal);
        vi.advanceTimersByTime(TIMES.timeMs);
        return ended;
      },
    });
    const end = await ending;
    expect(reasonOf(end)).toContain('5000 ms that it allows from the lease');
    expect(end?.report?.log).toEqual(['until then']);
    expect([leave.mock.calls.length, memory.used]).toEqual([1, 0]);
  });

  it('for files ends the storing of its outputs', async () => {
    const put: TaskFiles['put'] = (_file, { signal }) => {
      const broken = aborted(signal);
      vi.advanceTimersByTime(TIMES.transferMs);
      return broken;
    };
    expect(reasonOf(await begin({ put }).ending)).toContain('longer than the 3000 ms');
  });

  it('is not that of its files, while the function runs', async () => {
    const run = (request: ExecutionRequest) => {
      vi.advanceTimersByTime(TIMES.timeMs - 1);
      return good(request);
    };
    expect(reasonOf(await begin({ run }).ending)).toMatchObject({ result: { result: { case: 'Ok' } } });
  });
});

describe('B1: a cancelled attempt', () => {
  it('does not wait for the right to encrypt', async () => {
    const cancel = new AbortController();
    const { ending } = begin({
      cancel,
      intent: () => {
        queueMicrotask(() => cancel.abort());
        return Promise.withResolvers<boolean>().promise;
      },
    });
    expect(reasonOf(await ending)).toBe('The task was cancelled.');
  });

  it.each(['function', 'storing'])(
    'gives its slot back after a while, whatever its %s does',
    async (what) => {
      const cancel = new AbortController();
      const stuck = Promise.withResolvers<never>();
      const wait = () => {
        cancel.abort();
        vi.advanceTimersByTime(limits.attemptGrace.value);
        return stuck.promise;
      };
      const { ending, leave, dropped, memory } = begin(
        what === 'function' ? { cancel, run: wait } : { cancel, put: wait },
      );
      expect(reasonOf(await ending)).toBe('The task was cancelled.');
      expect(leave).toHaveBeenCalledOnce();
      expect(dropped).toHaveLength(1);
      if (what === 'storing') expect(memory.used).toBe(6);
      // It ends at last: nothing of it is left, and its slot is not given back twice.
      stuck.reject(new Error('at last'));
      await dropped[0];
      expect([leave.mock.calls.length, memory.used]).toEqual([1, 0]);
    },
  );
});
