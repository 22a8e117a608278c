/** The queue between users, with the scheduler's leases: ahead, lost, and after a restart. The ratios are in backlog.test.ts. */
import { TaskStatus } from '@gaiwan/protocol';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { TaskRecord } from '../../domain/index.ts';
import { shareOf } from '../../fairness/share.ts';
import { SchedulingTest } from '../../testing/scheduling.ts';
import { subjectOf } from '../../testing/subjects.ts';

let test: SchedulingTest;
beforeEach(async () => {
  test = await SchedulingTest.open();
});
afterEach(() => test.close());

const of = (user: string) => (task: TaskRecord) => ({
  ...task,
  share: shareOf({ creator: subjectOf(user) }),
});

it('gives the next lease to who has none, also of a worker that has leases ahead', async () => {
  const worker = test.worker();
  const first = await test.stage(of('ann'));
  await worker.next('lease');
  for (let count = 0; count < 40; count++) await test.stage(of('ann'));
  await worker.done(first, 1n, '');
  // One that runs, and those ahead of it: it was quick.
  const held: string[] = [];
  await worker.next('ack');
  for (let count = 0; count < 33; count++) held.push((await worker.next('lease')).taskId ?? '');
  const bens = await test.stage(of('ben'));
  await worker.done(held[0] ?? '', 1n, '');
  expect(await worker.nextOf('lease')).toMatchObject({
    taskId: bens,
    share: shareOf({ creator: subjectOf('ben') }),
  });
});

it('is fair after a restart, too', async () => {
  for (let count = 0; count < 10; count++) await test.stage(of('ann'));
  const bens = await test.stage(of('ben'));
  test.scheduler.stop();
  await test.boot();
  const worker = test.worker(undefined, 2);
  const leases = [await worker.next('lease'), await worker.next('lease')];
  expect(leases.map(({ taskId }) => taskId)).toContain(bens);
});

it('has as many of one user at once as the operator says, whatever becomes of their workers', async () => {
  test.scheduler.stop();
  await test.boot({ atOnce: { user: 1 } });
  const one = test.worker(undefined, 4);
  const [first, second] = [await test.stage(of('ann')), await test.stage(of('ann'))];
  const bens = await test.stage(of('ben'));
  expect([(await one.next('lease')).taskId, (await one.next('lease')).taskId]).toEqual([first, bens]);
  expect((await test.task(second)).status).toBe(TaskStatus.Staged);
  one.die();
  const other = test.worker(undefined, 4);
  // What was lost waits anew, behind the second.
  const leases = [await other.next('lease'), await other.next('lease')].map(({ taskId }) => taskId);
  expect(leases).toContain(bens);
  const anns = leases.find((id) => id !== bens) ?? '';
  await other.done(anns, anns === second ? 1n : 2n, '');
  expect((await other.nextOf('lease')).taskId).toBe(anns === second ? first : second);
});
