/** L4: a healthy worker loses no attempt by what happens to clocks, or to the platform's process. */
import { TaskStatus } from '@gaiwan/protocol';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { limits } from '../../limits.ts';
import { SchedulingTest, type TestWorker } from '../../testing/scheduling.ts';
import { PATIENCE_MS } from './roster.ts';

let test: SchedulingTest;
beforeEach(async () => {
  test = await SchedulingTest.open();
});
afterEach(() => test.close());

const CHECK = limits.leaseCheck.value;
const LEASE = limits.lease.value;
const DAY = 86_400_000;

/** Time passes in which nothing of the platform runs. Then its timer is first: heartbeats still wait in the socket. */
async function pause(ms: number): Promise<void> {
  test.clock.time += ms;
  await test.pass(CHECK);
}

async function expectHeld(worker: TestWorker, id: string): Promise<void> {
  expect(worker.attached.held.has(id)).toBe(true);
  expect(await test.task(id)).toMatchObject({ status: TaskStatus.Running, attempt: 1 });
}

describe('a task of a healthy worker', () => {
  let worker: TestWorker;
  let id: string;
  beforeEach(async () => {
    worker = test.worker();
    id = await test.stage();
    await worker.next('lease');
  });

  it.each([
    ['stopped for 16.5 s', 16_500],
    ['suspended for a day', DAY],
  ])('L4c: keeps its lease when the platform is %s, three times', async (_what, ms) => {
    for (let times = 0; times < 3; times++) {
      await pause(ms);
      await expectHeld(worker, id);
      await worker.heartbeat();
    }
    await worker.done(id, 1n, 'result');
    expect(await test.reached(id, TaskStatus.Finished)).toMatchObject({ attempt: 1, outcome: { ok: true } });
  });

  it.each([20_000, DAY, -20_000, -DAY])('L4b: keeps its lease when the clock is set by %i ms', async (ms) => {
    for (let times = 0; times < 4; times++) {
      test.clock.step(ms);
      await test.pass(CHECK);
      await expectHeld(worker, id);
    }
  });

  it('is still lost with a worker that says nothing for a lease, whatever is done to the clock', async () => {
    for (let passed = 0; passed <= LEASE; passed += CHECK) {
      await expectHeld(worker, id);
      test.clock.step(-DAY);
      await test.pass(CHECK);
    }
    await test.reached(id, TaskStatus.Staged);
    expect(worker.attached.held.size).toBe(0);
  });
});

it('a worker that has just gone is waited for, however long the platform stood still', async () => {
  test.worker();
  const python = (task: Parameters<Parameters<SchedulingTest['stage']>[0] & object>[0]) => ({
    ...task,
    executor: 'mesapy',
  });
  const able = test.worker(['builtin/mesapy']);
  able.die();
  const id = await test.stage(python);
  await pause(2 * PATIENCE_MS);
  expect((await test.task(id)).status).toBe(TaskStatus.Staged);
  const back = test.worker(['builtin/mesapy']);
  expect((await back.next('lease')).taskId).toBe(id);
});
