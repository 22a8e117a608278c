import { create } from '@bufbuild/protobuf';
import { TaskStatus, worker as wire } from '@gaiwan/protocol';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TASK_QUEUE, type TaskRecord } from '../../domain/index.ts';
import { SchedulingTest, type TestWorker } from '../../testing/scheduling.ts';
import { PATIENCE_MS } from './roster.ts';

let test: SchedulingTest;
beforeEach(async () => {
  test = await SchedulingTest.open();
});
afterEach(() => test.close());

const twice = (task: TaskRecord): TaskRecord => ({ ...task, repeat: true });
const digests = (fill: number) => ({ returnValue: new Uint8Array(32).fill(fill), outputs: {} });

/** Ends a run well; `made`: what the digests are filled with. */
async function ran(worker: TestWorker, taskId: string, token: bigint, made: number, text = 'x') {
  await worker.send({
    case: 'done',
    value: create(wire.DoneSchema, {
      taskId,
      token,
      result: { result: { case: 'Ok', value: { returnValue: Buffer.from(text) } } },
      report: { runner: 'builtin', layers: ['process'], digests: digests(made), runMs: 1 },
    }),
  });
  await worker.next('ack');
}

describe('a task that is run twice', () => {
  it('runs on another worker the second time, which knows what the first made', async () => {
    const [first, second] = [test.worker(), test.worker()];
    const id = await test.stage(twice);
    const lease = await first.next('lease');
    expect(lease.expected).toBeUndefined();
    await ran(first, id, 1n, 7);
    const again = await second.next('lease');
    expect(again).toMatchObject({ token: 2n, expected: digests(7) });
    expect((await test.task(id)).outcome).toBeUndefined();
    await ran(second, id, 2n, 7, 'result');
    const { outcome, runs } = await test.reached(id, TaskStatus.Finished);
    expect(outcome).toMatchObject({ ok: true, returnValue: new Uint8Array(Buffer.from('result')) });
    expect(runs).toEqual([
      { worker: 'w0', runner: 'builtin', layers: ['process'] },
      { worker: 'w1', runner: 'builtin', layers: ['process'] },
    ]);
    expect(await test.store.queue(TASK_QUEUE)).toEqual([]);
  });

  it('fails when the second makes something else, whatever its worker says', async () => {
    const [first, second] = [test.worker(), test.worker()];
    const id = await test.stage(twice);
    await first.next('lease');
    await ran(first, id, 1n, 7);
    await second.next('lease');
    await ran(second, id, 2n, 8);
    expect((await test.reached(id, TaskStatus.Finished)).outcome).toEqual({
      ok: false,
      reason: 'The two runs of the function differ in: return value. Nothing is released.',
      different: ['return value'],
      log: [],
    });
  });

  it('never ends well by one run that says nothing of what it made', async () => {
    const worker = test.worker();
    const id = await test.stage(twice);
    await worker.next('lease');
    await worker.done(id, 1n, 'x');
    expect((await test.reached(id, TaskStatus.Finished)).outcome).toMatchObject({ ok: false });
  });

  it('keeps its first run when the second worker dies, and three such deaths end it', async () => {
    const first = test.worker();
    test.worker().die();
    const id = await test.stage(twice);
    await first.next('lease');
    await ran(first, id, 1n, 7);
    for (let token = 2n; token <= 4n; token++) {
      const other = test.worker();
      expect(await other.next('lease')).toMatchObject({ token, expected: digests(7) });
      other.die();
    }
    await test.reached(id, TaskStatus.Failed);
    expect(first.attached.held.size).toBe(0);
  });

  it('goes on where it was after a restart of the platform, in either run', async () => {
    const first = test.worker();
    const id = await test.stage(twice);
    await first.next('lease');
    test.scheduler.stop();
    await test.boot();
    const again = test.worker();
    test.worker().die();
    const lease = await again.next('lease');
    expect(lease).toMatchObject({ token: 2n });
    expect(lease.expected).toBeUndefined();
    await ran(again, id, 2n, 7);
    test.scheduler.stop();
    await test.boot();
    // A result of the first run that was still under way counts for nothing.
    const [other, same] = [test.worker(), test.worker(undefined, 1, 'w1')];
    expect(await other.next('lease')).toMatchObject({ token: 3n, expected: digests(7) });
    await ran(same, id, 2n, 9);
    expect(await test.task(id)).toMatchObject({ status: TaskStatus.Running, first: { worker: 'w1' } });
    await ran(other, id, 3n, 7);
    await test.reached(id, TaskStatus.Finished);
  });

  it('ends between its runs when it is cancelled', async () => {
    const first = test.worker();
    const id = await test.stage(twice);
    test.worker().die();
    await first.next('lease');
    await ran(first, id, 1n, 7);
    await test.cancel(id);
    const other = test.worker();
    const next = await test.stage();
    const leased = await Promise.race([first.next('lease'), other.next('lease')]);
    expect(leased.taskId).toBe(next);
    expect((await test.task(id)).status).toBe(TaskStatus.Canceled);
  });

  it('is refused where there are no two workers, and given up when the second has gone for good', async () => {
    const first = test.worker();
    const task = twice(await test.task(await test.stage((one) => ({ ...one, executor: 'mesapy' }))));
    const builtin = { ...task, executor: 'builtin' };
    expect(test.scheduler.hasTwoWorkersFor(builtin)).toBe(false);
    const second = test.worker();
    expect(test.scheduler.hasTwoWorkersFor(builtin)).toBe(true);
    second.die();
    // It may be on its way back.
    expect(test.scheduler.hasTwoWorkersFor(builtin)).toBe(true);
    const id = await test.stage(twice);
    await first.next('lease');
    await ran(first, id, 1n, 7);
    expect((await test.task(id)).status).toBe(TaskStatus.Staged);
    await test.pass(PATIENCE_MS);
    await test.stage();
    expect((await test.reached(id, TaskStatus.Finished)).outcome).toMatchObject({
      ok: false,
      reason: 'The task is to run on two different workers, and only one can run (builtin, builtin).',
    });
    await first.next('lease');
  });
});
