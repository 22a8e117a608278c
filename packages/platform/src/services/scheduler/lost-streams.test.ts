/** A worker's stream is lost, and the worker comes back: a result that it has is not lost with it. What was given up stays so. */
import { TaskStatus } from '@gaiwan/protocol';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { TASK_QUEUE } from '../../domain/index.ts';
import { limits } from '../../limits.ts';
import { SchedulingTest, type TestWorker } from '../../testing/scheduling.ts';

let test: SchedulingTest;
beforeEach(async () => {
  test = await SchedulingTest.open();
});
afterEach(async () => {
  await test.close();
});

const comeBack = (id: string, ...results: { taskId: string; token: bigint }[]) =>
  test.worker(undefined, 1, id, results);
const check = () => test.pass(limits.leaseCheck.value);

async function expectDone(id: string, attempt: number): Promise<void> {
  expect(await test.reached(id, TaskStatus.Finished)).toMatchObject({ attempt, outcome: { ok: true } });
}

async function expectFinished(id: string, attempt: number): Promise<void> {
  await expectDone(id, attempt);
  expect(await test.store.queue(TASK_QUEUE)).toEqual([]);
}

/** A worker with a lease of a task. */
async function leased(): Promise<{ worker: TestWorker; id: string }> {
  const [worker, id] = [comeBack('w'), await test.stage()];
  await worker.next('lease');
  return { worker, id };
}

it('a result that it brings along counts, and the attempt with it', async () => {
  const { worker, id } = await leased();
  worker.lose();
  await check();
  expect(test.blobs.discard).not.toHaveBeenCalled();
  const back = comeBack('w', { taskId: id, token: 1n });
  await back.done(id, 1n, 'result');
  await back.next('ack');
  await expectFinished(id, 1);
});

it('also where this side has not noticed yet that the former stream is lost', async () => {
  const { worker, id } = await leased();
  const back = comeBack('w', { taskId: id, token: 1n });
  worker.lose();
  await back.done(id, 1n, 'result');
  await back.next('ack');
  await expectFinished(id, 1);
});

it('also where it was on its way to the disk, and nobody comes back', async () => {
  const { worker, id } = await leased();
  test.faulty.fail('refused');
  const done = worker.done(id, 1n, 'result');
  await expect.poll(() => test.faulty.failures).toBeGreaterThan(0);
  worker.die();
  await check();
  test.faulty.recover();
  await check();
  await done;
  await expectFinished(id, 1);
  test.unforeseen.length = 0;
});

it('what it comes back without is given to others at once', async () => {
  const { worker, id } = await leased();
  worker.lose();
  const back = comeBack('w');
  expect(await back.next('lease')).toMatchObject({ taskId: id, token: 2n });
  await expect.poll(() => test.blobs.discard.mock.calls).toEqual([[`${id}-a1`]]);
  await back.done(id, 2n, '');
  await expectFinished(id, 2);
});

it('a worker that does not come back in time has lost its tasks', async () => {
  const { worker, id } = await leased();
  const other = test.worker();
  worker.lose();
  await test.pass(limits.lostStream.value - limits.leaseCheck.value);
  expect((await test.task(id)).status).toBe(TaskStatus.Running);
  await check();
  expect(await other.next('lease')).toMatchObject({ taskId: id, token: 2n });
  // What it brings along later is acknowledged, and changes nothing.
  const late = comeBack('w', { taskId: id, token: 1n });
  await late.done(id, 1n, 'late');
  await late.next('ack');
  expect((await test.task(id)).status).toBe(TaskStatus.Running);
  await other.done(id, 2n, 'result');
  await expectFinished(id, 2);
  const outcome = (await test.task(id)).outcome;
  expect(outcome?.ok && Buffer.from(outcome.returnValue).toString()).toBe('result');
});

it('a result of a lease that another worker had, or of another lease, is none', async () => {
  const { worker, id } = await leased();
  worker.lose();
  const thief = test.worker(['wasm/wasm'], 1, 'thief', [{ taskId: id, token: 1n }]);
  await thief.done(id, 1n, 'stolen');
  await thief.next('ack');
  expect((await test.task(id)).status).toBe(TaskStatus.Running);
  const back = comeBack('w', { taskId: id, token: 7n });
  expect(await back.next('lease')).toMatchObject({ taskId: id, token: 2n });
  await back.done(id, 7n, 'of no lease');
  await back.next('ack');
  expect(await test.task(id)).toMatchObject({ status: TaskStatus.Running, attempt: 2 });
  await back.done(id, 2n, 'result');
  await expectFinished(id, 2);
});

it('a task that is cancelled meanwhile stays cancelled', async () => {
  const { worker, id } = await leased();
  worker.lose();
  await test.cancel(id);
  const back = comeBack('w', { taskId: id, token: 1n });
  await back.done(id, 1n, 'result');
  await back.next('ack');
  expect((await test.task(id)).status).toBe(TaskStatus.Canceled);
  expect(test.blobs.discard).toHaveBeenCalledWith(`${id}-a1`);
});

it('what a worker may read and write for a lease ends with its stream', async () => {
  const { worker, id } = await leased();
  const name = `${id}-a1`;
  const open = test.attempts.hold(name);
  expect(open.signal.aborted).toBe(false);
  worker.lose();
  expect(open.signal.aborted).toBe(true);
  open[Symbol.dispose]();
  expect(test.attempts.hold(name).signal.aborted).toBe(true);
});

it('of a worker the newest stream alone gets leases; the one before ends, and says why', async () => {
  const { worker, id } = await leased();
  const newer = comeBack('w');
  // What the older one was doing is lost with it, and goes to the newer one.
  expect(await newer.next('lease')).toMatchObject({ taskId: id, token: 2n });
  const end = (async () => {
    for await (const message of worker.messages) expect(message).toBeUndefined();
  })();
  await expect(end).rejects.toMatchObject({
    code: 'worker-replaced',
    message: expect.stringContaining('"w"'),
  });
  // Whatever it still says counts for nothing, and its own end is none of the newer one's.
  await worker.done(id, 1n, 'late');
  worker.lose();
  const next = await test.stage();
  await newer.done(id, 2n, 'result');
  await expectDone(id, 2);
  await newer.next('ack');
  expect(await newer.next('lease')).toMatchObject({ taskId: next });
  await newer.done(next, 1n, '');
  await expectFinished(next, 1);
});

it('an older stream that has a slot left gets nothing once there is a newer one', async () => {
  const older = test.worker(undefined, 4, 'w');
  const newer = comeBack('w');
  const ids = [await test.stage(), await test.stage()];
  expect(await newer.next('lease')).toMatchObject({ taskId: ids[0] });
  await newer.giveBack(ids[0] ?? '', 1n);
  const { value } = await older.attached.outbox[Symbol.asyncIterator]()
    .next()
    .catch((error: unknown) => ({ value: error }));
  expect(value).toMatchObject({ code: 'worker-replaced' });
  await newer.next('lease');
});
