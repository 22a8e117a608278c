import { create } from '@bufbuild/protobuf';
import { type Executor, StagingMemory } from '@gaiwan/executors';
import { worker as wire } from '@gaiwan/protocol';
import { expect, it, vi } from 'vitest';
import { MemoryFiles, smallLease, writingExecutor } from '../../testing/leases.ts';
import { KeptResults } from './kept-results.ts';
import { type FromWorker, LeaseWork } from './lease-work.ts';

function workWith(run: Executor['run']) {
  const results = new KeptResults();
  const sent: FromWorker[] = [];
  const work = new LeaseWork({
    executors: [{ ...writingExecutor(), run }],
    files: new MemoryFiles(),
    folder: '/nonexistent',
    results,
    memory: new StagingMemory(),
    onStuck: () => expect.unreachable(),
    send: (message) => void sent.push(message),
    report: (error) => expect.unreachable(String(error)),
  });
  const take = (message: wire.ToWorker['message']) => work.receive(create(wire.ToWorkerSchema, { message }));
  return { results, sent, work, take };
}
const lease = { case: 'lease', value: smallLease({ noFiles: true }) } as const;
const name = { taskId: 'task-1', token: 1n };
const good: Executor['run'] = () =>
  Promise.resolve({ returnValue: Buffer.from('returned'), log: [], outputs: {} });

it('a result is kept until it is acknowledged', async () => {
  const { results, sent, take } = workWith(good);
  await take(structuredClone(lease));
  expect(results.names).toEqual([name]);
  expect(sent.map(({ message }) => message?.value)).toEqual(results.all);
  await take({ case: 'ack', value: create(wire.AckSchema, { ...name, token: 2n }) });
  expect(results.names).toEqual([name]);
  await take({ case: 'ack', value: create(wire.AckSchema, name) });
  expect(results.all).toEqual([]);
});

it.each(['cancelled', 'lost with its stream'])('that of a lease that was %s is not', async (how) => {
  const [running, mayEnd] = [vi.fn(), Promise.withResolvers<void>()];
  const { results, sent, work, take } = workWith(async (task) => {
    running();
    await mayEnd.promise;
    return good(task);
  });
  const taken = take(structuredClone(lease));
  await expect.poll(() => running.mock.calls.length).toBe(1);
  if (how === 'cancelled') await take({ case: 'cancel', value: create(wire.CancelSchema, name) });
  else work.abort();
  mayEnd.resolve();
  await taken;
  expect(sent).toHaveLength(1);
  expect(results.all).toEqual([]);
});
