import { parseManifest, TaskStatus, worker as wire } from '@gaiwan/protocol';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  EVENT_LOG,
  encodeRecord,
  type FunctionRecord,
  keys,
  TASK_QUEUE,
  type TaskRecord,
  taskManifest,
} from '../../domain/index.ts';
import { limits } from '../../limits.ts';
import { MAX_ATTEMPTS } from '../../tasks/engine/guards.ts';
import { beginEpoch } from '../../testing/epoch.ts';
import { SchedulingTest } from '../../testing/scheduling.ts';
import { putAccounts, subjectOf } from '../../testing/subjects.ts';
import { PATIENCE_MS } from './roster.ts';

let test: SchedulingTest;
beforeEach(async () => {
  test = await SchedulingTest.open();
});
afterEach(() => test.close());

const text = (bytes: Uint8Array) => Buffer.from(bytes).toString();

describe('a task and a worker', () => {
  it('is leased, runs and finishes, and is off the queue', async () => {
    const worker = test.worker();
    const id = await test.stage();
    const lease = await worker.next('lease');
    expect(lease).toMatchObject({ taskId: id, token: 1n });
    const task = await test.task(id);
    expect(task).toMatchObject({ status: TaskStatus.Running, attempt: 1 });
    expect(parseManifest(lease.manifest ?? new Uint8Array())).toEqual(taskManifest(task));
    await worker.done(id, 1n, 'hi');
    const { outcome } = await test.reached(id, TaskStatus.Finished);
    expect(outcome?.ok && text(outcome.returnValue)).toBe('hi');
    await worker.next('ack');
    expect(await test.store.queue(TASK_QUEUE)).toEqual([]);
  });

  it('waits while every slot is taken, and follows when one is free', async () => {
    const worker = test.worker();
    const [first, second] = [await test.stage(), await test.stage()];
    expect((await worker.next('lease')).taskId).toBe(first);
    expect((await test.task(second)).status).toBe(TaskStatus.Staged);
    await worker.done(first, 1n, '');
    await expect.poll(async () => (await test.task(second)).status).toBe(TaskStatus.Running);
  });

  it('tells watchers each durable state', async () => {
    const seen: number[] = [];
    const worker = test.worker([], 1);
    worker.die();
    const id = await test.stage();
    const watching = (async () => {
      for await (const { status } of test.events.subscribe(id, new AbortController().signal)) {
        seen.push(status);
        if (status === TaskStatus.Finished) return;
      }
    })();
    const able = test.worker();
    await able.next('lease');
    await able.done(id, 1n, '');
    await watching;
    expect(seen).toEqual([TaskStatus.Running, TaskStatus.Finished]);
  });
});

describe('an attempt that is lost', () => {
  it('is followed by one on another worker, if that is free; else on the same', async () => {
    const first = test.worker(undefined, 9);
    const id = await test.stage();
    await first.next('lease');
    const second = test.worker(undefined, 1);
    await first.giveBack(id, 1n, 'its sandbox was killed');
    expect(await second.next('lease')).toMatchObject({ taskId: id, token: 2n });
    // Both may have it, and the first has more room.
    await second.giveBack(id, 2n, 'its sandbox was killed');
    expect(await first.next('lease')).toMatchObject({ taskId: id, token: 3n });
  });

  it('is followed by one on the same worker where there is no other', async () => {
    const only = test.worker();
    const id = await test.stage();
    await only.next('lease');
    await only.giveBack(id, 1n, 'its sandbox was killed');
    expect(await only.next('lease')).toMatchObject({ taskId: id, token: 2n });
  });
});

describe('a worker that dies', () => {
  it('loses its task to another, under a higher token', async () => {
    const [first, id] = [test.worker(), await test.stage()];
    await first.next('lease');
    const second = test.worker();
    first.die();
    expect(await second.next('lease')).toMatchObject({ taskId: id, token: 2n });
    expect(await test.task(id)).toMatchObject({ attempt: 2 });
  });

  it('changes nothing with a result that comes too late', async () => {
    const [first, id] = [test.worker(), await test.stage()];
    await first.next('lease');
    const second = test.worker();
    first.die();
    await second.next('lease');
    await first.done(id, 1n, 'stale');
    expect((await test.task(id)).status).toBe(TaskStatus.Running);
    await second.done(id, 2n, 'fresh');
    const { outcome } = await test.reached(id, TaskStatus.Finished);
    expect(outcome?.ok && text(outcome.returnValue)).toBe('fresh');
  });

  it('changes nothing with a token that it never held', async () => {
    const [worker, id] = [test.worker(), await test.stage()];
    await worker.next('lease');
    await worker.done(id, 7n, 'forged');
    await worker.next('ack');
    expect((await test.task(id)).status).toBe(TaskStatus.Running);
  });

  it(`fails the task at its ${MAX_ATTEMPTS}rd death`, async () => {
    const id = await test.stage();
    for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt++) {
      const worker = test.worker();
      await worker.next('lease');
      expect(await test.task(id)).toMatchObject({ attempt });
      worker.die();
    }
    const { outcome } = await test.reached(id, TaskStatus.Failed);
    expect(outcome).toEqual({ ok: false, reason: 'Runtime Error: Executor Timeout' });
    expect(await test.store.queue(TASK_QUEUE)).toEqual([]);
  });
});

describe('an attempt that a worker gives back', () => {
  const lost = "The worker's disk is full, or failed.";

  it('as lost counts, and the reason of the last one is the task’s', async () => {
    const [worker, id] = [test.worker(), await test.stage()];
    for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt++) {
      await worker.next('lease');
      expect(await test.task(id)).toMatchObject({ attempt });
      await worker.giveBack(id, BigInt(attempt), lost);
    }
    const { outcome } = await test.reached(id, TaskStatus.Failed);
    expect(outcome).toEqual({ ok: false, reason: lost });
  });

  it('because its executor does not start does not count, and comes again once it does', async () => {
    const [worker, id] = [test.worker(), await test.stage()];
    const become = (ability: wire.Ability) =>
      worker.send({
        case: 'abilityChange',
        value: { $typeName: 'gaiwan.v1.AbilityChange', executor: 0, ability },
      });
    await worker.next('lease');
    await become(wire.Ability.UNABLE);
    await worker.giveBack(id, 1n);
    await test.reached(id, TaskStatus.Staged);
    await become(wire.Ability.ABLE);
    expect(await worker.next('lease')).toMatchObject({ taskId: id, token: 2n });
    expect(await test.task(id)).toMatchObject({ attempt: 1 });
  });
});

describe('a worker that falls silent', () => {
  it('is given up after a lease without a heartbeat; with heartbeats it keeps its lease', async () => {
    const [silent, alive] = [test.worker(), test.worker()];
    const ids = [await test.stage(), await test.stage()];
    await Promise.all([silent.next('lease'), alive.next('lease')]);
    await test.pass(10_000);
    await alive.heartbeat();
    await test.pass(6_000);
    const lost = [...ids].find((id) => !alive.attached.held.has(id)) as string;
    await test.reached(lost, TaskStatus.Staged);
    expect(alive.attached.held.size).toBe(1);
  });
});

describe('a cancelled task', () => {
  it('is ended at once where it waits', async () => {
    const id = await test.stage();
    await test.cancel(id);
    expect((await test.task(id)).status).toBe(TaskStatus.Canceled);
    expect(await test.store.queue(TASK_QUEUE)).toEqual([]);
  });

  it('is ended where it runs; the worker is told, and its result counts for nothing', async () => {
    const [worker, id] = [test.worker(), await test.stage()];
    await worker.next('lease');
    await test.cancel(id);
    expect(await worker.next('cancel')).toEqual({ taskId: id, token: 1n });
    await worker.done(id, 1n, 'too late');
    expect((await test.task(id)).outcome).toEqual({ ok: false, reason: 'Task Canceled by the user' });
    const next = await test.stage();
    await worker.next('ack');
    expect((await worker.next('lease')).taskId).toBe(next);
  });

  it('has one end when result and cancellation meet', async () => {
    const worker = test.worker(['builtin/builtin'], 32);
    for (let round = 0; round < 30; round++) {
      const id = await test.stage();
      await expect.poll(() => worker.attached.held.has(id), { interval: 1 }).toBe(true);
      const ended: number[] = [];
      const enough = new AbortController();
      const watching = (async () => {
        for await (const { status } of test.events.subscribe(id, enough.signal)) ended.push(status);
      })();
      const [canceled] = await Promise.allSettled([test.cancel(id), worker.done(id, 1n, 'x')]);
      const { status } = await test.task(id);
      expect(status).toBe(canceled.status === 'fulfilled' ? TaskStatus.Canceled : TaskStatus.Finished);
      await expect.poll(() => ended.length, { interval: 1 }).toBeGreaterThan(0);
      enough.abort();
      await watching;
      expect(ended).toEqual([status]);
    }
  });
});

describe('a queued task that may not run any more', () => {
  const waiting = async () => {
    // Its slot is taken, so that the second waits.
    const worker = test.worker();
    const [first, second] = [await test.stage(), await test.stage()];
    await worker.next('lease');
    return { first, second, end: () => worker.done(first, 1n, '') };
  };

  it.each([
    ['was deleted', () => test.store.commit({ delete: [keys.user('ann')] })],
    ['is another account now', () => putAccounts(test.store, [subjectOf('ann', 1)])],
  ])('ends with a reason that names the participant who %s', async (_what, change) => {
    const { second, end } = await waiting();
    await change();
    await end();
    const { outcome, attempt } = await test.reached(second, TaskStatus.Failed);
    expect(outcome).toMatchObject({ ok: false, reason: expect.stringContaining('ann') as string });
    expect(attempt).toBe(0);
    expect(await test.store.queue(TASK_QUEUE)).toEqual([]);
    const events = await test.store.log(EVENT_LOG, { from: 0, limit: 100 });
    const last = JSON.parse(Buffer.from(events.at(-1)?.value ?? '').toString()) as object;
    expect(last).toMatchObject({ type: 'task-voided', task: second, gone: ['ann'] });
  });

  it('ends where a recovery has begun another epoch', async () => {
    const { second, end } = await waiting();
    await beginEpoch(test.store, 2);
    await end();
    const { outcome, attempt } = await test.reached(second, TaskStatus.Failed);
    expect(outcome).toMatchObject({ ok: false, reason: expect.stringContaining('epoch 1') as string });
    expect(attempt).toBe(0);
    expect(await test.store.queue(TASK_QUEUE)).toEqual([]);
  });

  it('ends where its function was disabled', async () => {
    const { second, end } = await waiting();
    const { function: fn } = await test.task(second);
    const disabled: FunctionRecord = {
      ...fn,
      public: true,
      groups: [],
      people: [],
      quota: -1,
      disabledBy: 'administrator',
    };
    await test.store.commit({ put: [{ key: keys.function(fn.id), value: encodeRecord(disabled) }] });
    await end();
    expect((await test.reached(second, TaskStatus.Failed)).outcome).toMatchObject({
      reason: expect.stringContaining('disabled by an administrator') as string,
    });
  });
});

describe('a restart of the platform', () => {
  it('takes up what waited, and what ran without counting the attempt', async () => {
    const worker = test.worker();
    const [running, waiting] = [await test.stage(), await test.stage()];
    await worker.next('lease');
    test.scheduler.stop();
    await test.boot();
    const again = test.worker(['builtin/builtin'], 2);
    const leases = [await again.next('lease'), await again.next('lease')];
    expect(new Set(leases.map(({ taskId }) => taskId))).toEqual(new Set([running, waiting]));
    expect(leases.find(({ taskId }) => taskId === running)).toMatchObject({ token: 2n });
    expect(await test.task(running)).toMatchObject({ attempt: 1 });
  });
});

describe('what a worker can run', () => {
  it('decides which worker gets a task', async () => {
    const other = test.worker(['python/mesapy'], 4);
    const able = test.worker();
    const id = await test.stage();
    expect((await able.next('lease')).taskId).toBe(id);
    expect(other.attached.held.size).toBe(0);
  });

  it("says at once that nobody can run it, in Teaclave's words", async () => {
    test.worker();
    const id = await test.stage((task) => ({ ...task, executor: 'mesapy' }));
    const { outcome } = await test.reached(id, TaskStatus.Finished);
    expect(outcome).toEqual({ ok: false, reason: 'function not available: (builtin, mesapy)' });
  });

  it('says of the native executor, which Teaclave has not, what to do; and knows it beforehand', async () => {
    const worker = test.worker();
    const id = await test.stage((task) => ({ ...task, executor: 'onnx-native' }));
    const { outcome } = await test.reached(id, TaskStatus.Finished);
    expect(outcome).toEqual({
      ok: false,
      reason:
        'function not available: (builtin, onnx-native): ask the operator for it (gaiwan serve --onnxruntime FOLDER), or create the task with the executor "builtin"',
    });
    const task = await test.task(id);
    expect(test.scheduler.canRun(task)).toBe(false);
    expect(test.scheduler.canRun({ ...task, executor: 'builtin' })).toBe(true);
    await worker.heartbeat();
  });

  it('keeps a task waiting for a while when the last that could run it has gone', async () => {
    const other = test.worker();
    const able = test.worker(['python/mesapy']);
    able.die();
    const id = await test.stage((task) => ({
      ...task,
      function: { ...task.function, executorType: 'python' },
      executor: 'mesapy',
    }));
    await test.pass(PATIENCE_MS - limits.leaseCheck.value);
    await test.stage((task) => ({ ...task, executor: 'other' }));
    expect((await test.task(id)).status).toBe(TaskStatus.Staged);
    const back = test.worker(['python/mesapy']);
    expect((await back.next('lease')).taskId).toBe(id);
    back.die();
    await other.heartbeat();
    await test.pass(PATIENCE_MS);
    await test.stage((task) => ({ ...task, executor: 'other' }));
    const { outcome } = await test.reached(id, TaskStatus.Finished);
    expect(outcome).toEqual({ ok: false, reason: 'function not available: (python, mesapy)' });
  });

  it('does not let what waits for one kind of worker stand in the way of another kind', async () => {
    const python = test.worker(['python/mesapy']);
    const builtin = test.worker();
    const asPython = (task: TaskRecord) => ({
      ...task,
      function: { ...task.function, executorType: 'python' },
      executor: 'mesapy',
    });
    for (let count = 0; count < 5; count++) await test.stage(asPython);
    await python.next('lease');
    const id = await test.stage();
    expect((await builtin.next('lease')).taskId).toBe(id);
  });
});

describe('a lease that is given back', () => {
  it('goes to another worker at once, and counts as no attempt', async () => {
    const busy = test.worker(undefined, 1);
    const long = await test.stage();
    await busy.next('lease');
    await busy.done(long, 1n, '');
    await busy.next('ack');
    const [slow, short] = [await test.stage(), await test.stage()];
    expect((await busy.next('lease')).taskId).toBe(slow);
    // Its last task was quick: it has the next ahead.
    expect((await busy.next('lease')).taskId).toBe(short);
    await busy.giveBack(short, 1n);
    await test.reached(short, TaskStatus.Staged);
    expect(await test.task(short)).toMatchObject({ attempt: 0 });
    const idle = test.worker();
    expect(await idle.next('lease')).toMatchObject({ taskId: short, token: 2n });
    expect(await test.task(short)).toMatchObject({ attempt: 1 });
    // What was given back is no longer the other's to finish.
    await busy.done(short, 1n, 'too late');
    expect((await test.task(short)).status).toBe(TaskStatus.Running);
  });
});
