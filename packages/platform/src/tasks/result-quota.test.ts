import { TaskStatus } from '@gaiwan/protocol';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { fileCommitment, keys } from '../domain/index.ts';
import { transact } from '../state/transaction.ts';
import { SchedulingTest } from '../testing/scheduling.ts';
import { subjectOf } from '../testing/subjects.ts';

let test: SchedulingTest;
beforeEach(async () => {
  test = await SchedulingTest.open();
});
afterEach(() => test.close());

const ann = subjectOf('ann');
const data = {
  id: 'output-1',
  epoch: 1,
  owners: [ann],
  url: 'https://files.bank.example/out',
  crypto: { schema: 'teaclave-file-128', key: new Uint8Array(16), iv: new Uint8Array(0) },
} as const;
const { id, crypto } = data;
const slot = {
  name: 'out',
  owners: [ann],
  data: { id, schema: crypto.schema, commitment: fileCommitment(data) },
};
/** A task that counts with 100 bytes, of an account that may have so many. */
const stage = async (bytes: number, { output = false } = {}) => {
  if (output) await transact(test.store, test.clock, async (tx) => tx.put(keys.data(data.id), data));
  const id = await test.stage((task) => (output ? { ...task, outputs: [slot] } : task));
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

it('a result whose outputs are lost counts for nothing: what the task keeps is its failure', async () => {
  const [worker, id] = [test.worker(), await stage(100_000, { output: true })];
  await worker.next('lease');
  // Without the output's tag.
  await worker.done(id, 1n, 'x'.repeat(50_000));
  expect((await test.reached(id, TaskStatus.Finished)).outcome).toMatchObject({ ok: false });
  expect(test.holdings.use({ user: ann }).bytes).toBeLessThan(1000);
  await test.boot();
  expect(test.holdings.use({ user: ann }).bytes).toBeLessThan(1000);
});
