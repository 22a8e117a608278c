import { afterEach, beforeEach, expect, it } from 'vitest';
import { SchedulingTest } from '../testing/scheduling.ts';
import { usesOf } from './usage.ts';

let test: SchedulingTest;
beforeEach(async () => {
  test = await SchedulingTest.open();
});
afterEach(() => test.close());

/** Less than none: what this harness stages is not noted as a use. */
const returned = async () => 0 - (await usesOf(test.store, 'function-1'));

it('a use is given back once where a task is cancelled that no worker has begun', async () => {
  const [first, second] = [await test.stage(), await test.stage()];
  await test.cancel(first);
  expect(await returned()).toBe(1);
  await test.cancel(second);
  expect(await returned()).toBe(2);
});

it('it is not for a task that runs, or has run', async () => {
  const id = await test.stage();
  const worker = test.worker();
  await worker.next('lease');
  await test.cancel(id);
  await worker.next('cancel');
  expect(await returned()).toBe(0);
});

it('it is not for one that waits for its second run, whose attempts are counted anew', async () => {
  const id = await test.stage((task) => ({
    ...task,
    repeat: true,
    first: { worker: 'w9', digests: { result: '00', outputs: [] } as never },
  }));
  await test.cancel(id);
  expect(await returned()).toBe(0);
});

it('it is for one that no worker can run', async () => {
  const foreign = await test.stage((task) => ({ ...task, executor: 'wamr' }));
  test.worker();
  await test.pass(60_000);
  await expect.poll(async () => (await test.task(foreign)).status).toBe(10);
  expect(await returned()).toBe(1);
});
