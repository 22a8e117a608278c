import { TaskStatus } from '@gaiwan/protocol';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { keys } from '../domain/index.ts';
import { transact } from '../state/transaction.ts';
import { SchedulingTest } from '../testing/scheduling.ts';
import { subjectOf } from '../testing/subjects.ts';

let test: SchedulingTest;
beforeEach(async () => {
  test = await SchedulingTest.open();
});
afterEach(() => test.close());

const ann = subjectOf('ann');
/** A task that counts with 100 bytes, of an account that may have so many. */
const stage = async (bytes: number) => {
  const id = await test.stage();
  await transact(test.store, test.clock, async (tx) => {
    await test.holdings.charge(tx, { key: keys.task(id), by: ann, bytes: 100 });
    test.holdings.setQuota(tx, { of: { user: ann }, bytes });
  });
  return id;
};

it('a result counts for the creator of its task', async () => {
  const [worker, id] = [test.worker(), await stage(100_000)];
  await worker.next('lease');
  await worker.done(id, 1n, 'x'.repeat(5000));
  expect((await test.reached(id, TaskStatus.Finished)).outcome).toMatchObject({ ok: true });
  const { bytes } = test.holdings.use({ user: ann });
  expect(bytes).toBeGreaterThan(5100);
  await test.boot();
  expect(test.holdings.use({ user: ann })).toMatchObject({ bytes, items: 1 });
});

it('a result that its creator has no room for is not kept, and the task says so', async () => {
  const [worker, id] = [test.worker(), await stage(4000)];
  await worker.next('lease');
  await worker.done(id, 1n, 'x'.repeat(5000));
  const { outcome } = await test.reached(id, TaskStatus.Finished);
  expect(outcome).toMatchObject({
    ok: false,
    reason: expect.stringContaining('There is no room for the result'),
  });
  // How much its creator has is none of the other participants' business.
  expect(JSON.stringify(outcome)).not.toMatch(/\d+ bytes/);
  expect(test.holdings.use({ user: ann })).toMatchObject({ bytes: 100, items: 1 });
});
