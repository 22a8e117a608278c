/** Cancelled leases give their places back, and a worker with an attempt that never ends is replaced. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { create } from '@bufbuild/protobuf';
import { type ExecutionResult, StagingMemory } from '@gaiwan/executors';
import { worker as wire } from '@gaiwan/protocol';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { limits } from '../../limits.ts';
import { MemoryFiles, smallLease, writingExecutor } from '../../testing/leases.ts';
import { KeptResults } from './kept-results.ts';
import { type FromWorker, LeaseWork } from './lease-work.ts';
import type { WorkerError } from './worker-error.ts';

let folder: string;
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  folder = mkdtempSync(join(tmpdir(), 'gaiwan-lease-work-'));
});
afterEach(() => {
  vi.useRealTimers();
  rmSync(folder, { recursive: true });
});

const message = (value: wire.ToWorker['message']) => create(wire.ToWorkerSchema, { message: value });
const lease = (token: bigint) =>
  message({ case: 'lease', value: { ...smallLease({ noFiles: true }), token } });
const cancel = message({
  case: 'cancel',
  value: create(wire.CancelSchema, { taskId: 'task-1', token: 1n }),
});

/** A worker with one slot, whose first function waits for what never comes unless it is told. */
function stuckWorker() {
  const first = Promise.withResolvers<ExecutionResult>();
  const result = { returnValue: Buffer.from('r'), log: [], outputs: {} };
  const executor = writingExecutor();
  const started = Promise.withResolvers<void>();
  executor.run.mockImplementationOnce(() => {
    started.resolve();
    return first.promise;
  });
  executor.run.mockImplementation(() => Promise.resolve(result));
  const sent: FromWorker['message'][] = [];
  const onStuck = vi.fn<(error: WorkerError) => void>();
  const work = new LeaseWork({
    executors: [{ ...executor, slots: 1 }],
    files: new MemoryFiles(),
    folder,
    results: new KeptResults(),
    memory: new StagingMemory(),
    send: ({ message: one }) => void sent.push(one),
    report: (error) => expect.unreachable(String(error)),
    onStuck,
  });
  return { work, first, result, started: started.promise, sent, onStuck };
}

it('B1: honest tasks go on where a cancelled one waits for ever; the worker is then replaced', async () => {
  const { work, started, sent, onStuck } = stuckWorker();
  const hostile = work.receive(lease(1n));
  await started;
  await work.receive(cancel);
  vi.advanceTimersByTime(limits.attemptGrace.value);
  await hostile;
  expect(sent).toMatchObject([{ case: 'done', value: { token: 1n, result: { result: { case: 'Err' } } } }]);
  expect(work.taskIds).toEqual([]);
  await work.receive(lease(2n));
  expect(sent[1]).toMatchObject({ case: 'done', value: { token: 2n, result: { result: { case: 'Ok' } } } });
  expect(onStuck).not.toHaveBeenCalled();
  vi.advanceTimersByTime(limits.attemptStuck.value);
  expect(onStuck).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ code: 'attempt-stuck' }));
});

it('a worker whose attempt ends late after all is not replaced', async () => {
  const { work, started, first, result, onStuck, sent } = stuckWorker();
  const late = work.receive(lease(1n));
  await started;
  await work.receive(cancel);
  vi.advanceTimersByTime(limits.attemptGrace.value);
  await late;
  first.resolve(result);
  await expect.poll(() => vi.getTimerCount()).toBe(0);
  vi.advanceTimersByTime(limits.attemptStuck.value);
  expect(onStuck).not.toHaveBeenCalled();
  // What it makes then is nobody's.
  expect(sent).toHaveLength(1);
});

/** Sends two leases of one task; gives the work, and what the worker has sent. */
const twoAttempts = () => {
  const sent: FromWorker['message'][] = [];
  const work = new LeaseWork({
    executors: [{ ...writingExecutor(), slots: 2 }],
    files: new MemoryFiles(),
    folder,
    results: new KeptResults(),
    memory: new StagingMemory(),
    send: ({ message: one }) => void sent.push(one),
    report: (error) => expect.unreachable(String(error)),
    onStuck: () => expect.unreachable(),
  });
  const attempts = [1n, 2n].map((token) =>
    work.receive(message({ case: 'lease', value: { ...smallLease(), token } })),
  );
  return { work, sent, attempts };
};

it('what is said of an older attempt of a task does nothing to a newer one', async () => {
  const { work, sent, attempts } = twoAttempts();
  // Both ask whether they may encrypt.
  await expect.poll(() => sent.map((one) => one?.case)).toEqual(['intent', 'intent']);
  const asked = sent.flatMap((one) => (one?.case === 'intent' ? [one.value] : []));
  const answer = (token: bigint, granted: boolean) => {
    const { taskId = '', dataId = '' } = asked[0] ?? {};
    const value = create(wire.IntentReplySchema, { taskId, token, dataId, granted });
    return work.receive(message({ case: 'intentReply', value }));
  };
  expect(work.taskIds).toEqual(['task-1']);
  await answer(1n, false);
  await attempts[0];
  expect(sent[2]).toMatchObject({ case: 'done', value: { token: 1n, result: { result: { case: 'Err' } } } });
  await work.receive(cancel);
  await answer(2n, true);
  await attempts[1];
  expect(sent[3]).toMatchObject({ case: 'done', value: { token: 2n, result: { result: { case: 'Ok' } } } });
  expect(work.taskIds).toEqual([]);
});

it('all attempts end with the stream, also two of one task', async () => {
  const { work, sent, attempts } = twoAttempts();
  await expect.poll(() => sent.map((one) => one?.case)).toEqual(['intent', 'intent']);
  work.abort();
  await Promise.all(attempts);
  const failed = { case: 'done', value: { result: { result: { case: 'Err' } } } };
  expect(sent.slice(2)).toMatchObject([failed, failed]);
});
