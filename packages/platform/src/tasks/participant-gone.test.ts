/** Each open task of an account that ended has one event of it, whenever the platform was killed; whoever watches later learns it by the state. */
import { TaskStatus } from '@gaiwan/protocol';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { EVENT_LOG, encodeRecord, keys } from '../domain/index.ts';
import type { UserRecord } from '../domain/records.ts';
import { writeAccount } from '../services/authentication/accounts.ts';
import { transact } from '../state/transaction.ts';
import { FaultyStore } from '../testing/faulty-store.ts';
import { TestStore } from '../testing/store.ts';
import { putAccounts, subjectOf } from '../testing/subjects.ts';
import { newTask } from '../testing/tasks.ts';
import { GoneTeller, tellOfTheGone } from './participant-gone.ts';

const ben = subjectOf('ben');
const open = ['task-1', 'task-2', 'task-3'];
let test: TestStore;
let published: string[];

beforeEach(async () => {
  test = await TestStore.open();
  published = [];
  await putAccounts(test.store, [ben]);
  const tasks = [
    ...open.map((id) => ({ ...newTask(), id })),
    { ...newTask(), id: 'task-4', status: TaskStatus.Canceled },
  ];
  await test.store.commit({
    put: tasks.flatMap((task) => [
      { key: keys.task(task.id), value: encodeRecord(task) },
      { key: keys.userTask(ben, task.id), value: new Uint8Array() },
    ]),
  });
});
afterEach(() => test.close());

/** As every way to end an account does. */
const end = (after?: UserRecord) =>
  transact(test.store, test.clock, async (tx) => {
    const before = await tx.read<UserRecord>(keys.user('ben'));
    if (before) await writeAccount(tx, { before, ...(after && { after }), by: subjectOf('admin') });
  });
const tell = (store: TestStore['store'] | FaultyStore = test.store) =>
  tellOfTheGone({ store, clock: test.clock, events: { publish: ({ id }) => void published.push(id) } });
const told = async () =>
  (await test.store.log(EVENT_LOG))
    .map(({ value }) => JSON.parse(Buffer.from(value).toString()) as Record<string, string>)
    .filter(({ type }) => type === 'participant-gone')
    .map(({ task, subject }) => `${task} ${subject}`)
    .sort();
const all = open.map((task) => `${task} ${ben}`);

it('tells of an account that ended, once, and of its open tasks alone', async () => {
  await end();
  await tell();
  await tell();
  expect(await told()).toEqual(all);
  expect(published.sort()).toEqual(open);
});

it('tells of all others where accounts cannot be told of, and says so', async () => {
  // So many that some of them come before ben, in whatever order the store has its rows.
  const broken = Array.from({ length: 30 }, (_, i) => subjectOf(`anna-${i}`));
  await test.store.commit({
    put: [
      { key: keys.task('task-9'), value: Buffer.from('no record') },
      ...broken.flatMap((subject) => [
        { key: keys.goneAccount(subject), value: new Uint8Array() },
        { key: keys.userTask(subject, 'task-9'), value: new Uint8Array() },
      ]),
    ],
  });
  await end();
  await expect(tell()).rejects.toThrow();
  expect(await told()).toEqual(all);
  expect(published.sort()).toEqual(open);
});

it('tells nothing of an account that only changed', async () => {
  await end({
    id: 'ben',
    subject: ben,
    role: { name: 'DataOwner', attribute: '' },
    password: 'x',
    generation: 'y',
  });
  await tell();
  expect(await told()).toEqual([]);
});

it('tells after a restart what it had not come to tell, of an account that goes on as another, too', async () => {
  const role = { name: 'DataOwner', attribute: '' } as const;
  await end({ id: 'ben', subject: subjectOf('ben', 1), role, password: 'x', generation: 'y' });
  await test.reopen();
  await tell();
  expect(await told()).toEqual(all);
});

const cuts = [0, 1, 2, 3].flatMap((cut) => [[cut, 'refused'] as const, [cut, 'written'] as const]);
it.each(cuts)(
  'tells of each task once where it was cut off at commit %i, which was %s',
  async (cut, fate) => {
    await end();
    const faulty = new FaultyStore(test.store);
    let commits = 0;
    faulty.fate = () => {
      if (commits++ < cut) return 'done';
      return commits === cut + 1 ? fate : 'refused';
    };
    await expect(tell(faulty)).rejects.toMatchObject({ code: 'anchor-unavailable' });
    await test.reopen();
    await tell();
    expect(await told()).toEqual(all);
  },
);

it('tells once where two do it at the same time', async () => {
  await end();
  await Promise.all([tell(), tell()]);
  expect(await told()).toEqual(all);
});

it('is told by itself: at the start of those of a former run, and whenever it is asked, one call after the other', async () => {
  await end();
  const reported: unknown[] = [];
  const events = { publish: ({ id }: { readonly id: string }) => void published.push(id) };
  {
    await using teller = new GoneTeller({ store: test.store, clock: test.clock, events }, (error) =>
      reported.push(error),
    );
    teller.tell();
  }
  expect(await told()).toEqual(all);
  expect(await test.store.get(keys.goneAccount(ben))).toBeUndefined();
  expect(published.sort()).toEqual(open);
  expect(reported).toEqual([]);
});
