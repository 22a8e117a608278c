import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { limits } from '../limits.ts';
import { auditedIn } from '../testing/audit.ts';
import { FaultyStore } from '../testing/faulty-store.ts';
import { TestStore } from '../testing/store.ts';
import { auditAppend } from './audit/entries.ts';
import { StoredAuditLog } from './audit-log.ts';

let test: TestStore;
let audit: StoredAuditLog;
beforeEach(async () => {
  test = await TestStore.open();
  audit = new StoredAuditLog(test.store);
});
afterEach(() => test.close());

const entry = (message: string, user = 'ann', result = true) => ({
  microsecond: 1,
  address: '10.0.0.1',
  user,
  message,
  result,
});
/** Each is of a kind of its own, unless one is given. */
const line = (message: string, kind = message, from: 'caller' | 'stranger' = 'caller') => ({
  entry: entry(message),
  from,
  kind,
});
const find = async (query: string, limit = 1000) =>
  (await audit.search(query, { limit, most: 100_000 })).entries.map(({ message }) => message);

it('finds what a query asks for, newest first, over a restart', async () => {
  for (const message of ['invoke_task', 'get_task', 'user_login']) audit.record(line(message));
  expect(await find('task')).toEqual(['get_task', 'invoke_task']);
  await test.reopen();
  audit = new StoredAuditLog(test.store);
  expect(await find('*', 2)).toEqual(['user_login', 'get_task']);
  expect(await find('*', 0)).toEqual([]);
  expect(await find('')).toEqual([]);
});

it('refuses what it does not understand, and looks at nothing for it', async () => {
  const log = vi.spyOn(test.store, 'log');
  await expect(find('nobody:x')).rejects.toMatchObject({ code: 'bad-audit-query' });
  expect(log).not.toHaveBeenCalled();
});

it('makes one search after the other', async () => {
  audit.record(line('one'));
  await audit.flush();
  let running = 0;
  let most = 0;
  const read = test.store.log.bind(test.store);
  vi.spyOn(test.store, 'log').mockImplementation(async (...wanted) => {
    most = Math.max(most, ++running);
    const rows = await read(...wanted);
    running--;
    return rows;
  });
  await Promise.all(Array.from({ length: 8 }, () => find('*')));
  expect(most).toBe(1);
});

it('holds what a commit has put into it', async () => {
  const [log, value] = auditAppend([entry('in a commit')]);
  await test.store.commit({ append: [{ log, value }] });
  expect(await find('commit')).toEqual(['in a commit']);
});

it('cuts off what is too long', async () => {
  audit.record(line('é'.repeat(10_000)));
  await audit.flush();
  expect((await auditedIn(test.store))[0]?.message).toBe(`${'é'.repeat(limits.auditMessage.value - 1)}…`);
});

it('has a written line on the disk when it says so', async () => {
  await audit.write(line('a refusal'));
  expect(await auditedIn(test.store)).toMatchObject([{ message: 'a refusal' }]);
});

it('writes lines that come at once in few commits', async () => {
  const commit = vi.spyOn(test.store, 'commit');
  await Promise.all(Array.from({ length: 90 }, (_, at) => audit.write(line(`refusal ${at}`))));
  expect(await auditedIn(test.store)).toHaveLength(90);
  expect(commit.mock.calls.length).toBeLessThanOrEqual(3);
});

it('counts what repeats: its size does not grow with the number of calls', async () => {
  const [of, all] = [limits.auditStranger.value, limits.auditStrangers.value];
  for (let call = 0; call < 10_000; call++) audit.record(line('denied', 'one address', 'stranger'));
  for (let call = 0; call < 10_000; call++) audit.record(line('denied', `address ${call}`, 'stranger'));
  for (let call = 0; call < 250; call++) await audit.write(line('get_task', 'ann'));
  await audit.close();
  const messages = (await auditedIn(test.store)).map(({ message }) => message);
  const kinds = limits.auditStrangerKinds.value;
  expect(messages.filter((message) => message === 'denied')).toHaveLength(Math.min(all, of + kinds - 1));
  expect(messages.filter((message) => message === 'get_task')).toHaveLength(limits.auditCaller.value);
  expect(
    messages.filter((message) => message.includes('more') || message.includes('counted')).sort(),
  ).toEqual([
    `audit_entries_counted: ${10_000 - (kinds - 1)} of further kinds`,
    `denied: ${10_000 - of} more`,
    'get_task: 150 more',
  ]);
});

it('writes what was counted once its time is over', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  try {
    for (let call = 0; call < limits.auditCaller.value + 3; call++) audit.record(line('get_task'));
    vi.advanceTimersByTime(limits.auditPeriod.value);
  } finally {
    vi.useRealTimers();
  }
  await audit.flush();
  expect((await auditedIn(test.store)).at(-1)?.message).toBe('get_task: 3 more');
});

describe('a store that takes no writes for a while', () => {
  let faulty: FaultyStore;
  beforeEach(() => {
    faulty = new FaultyStore(test.store);
    audit = new StoredAuditLog(faulty);
  });
  const messages = () => find('*');

  it('has each entry once when it is back', async () => {
    faulty.fail('refused');
    audit.record(line('first'));
    await audit.flush();
    await audit.write(line('second'));
    await audit.flush();
    faulty.recover();
    expect(await messages()).toEqual(['second', 'first']);
  });

  it('does not get twice what it wrote without acknowledging it', async () => {
    faulty.fail('written');
    audit.record(line('first'));
    await audit.flush();
    faulty.recover();
    audit.record(line('second'));
    expect(await messages()).toEqual(['second', 'first']);
  });

  it('is asked by one caller, and keeps nobody else waiting', async () => {
    faulty.fail('refused');
    await audit.write(line('first'));
    const { failures } = faulty;
    await Promise.all(Array.from({ length: 20 }, (_, at) => audit.write(line(`refusal ${at}`))));
    expect(faulty.failures).toBe(failures);
    faulty.recover();
    expect(await messages()).toHaveLength(21);
  });

  it('is told how many entries there was no room for', async () => {
    const kept = limits.auditKept.value;
    faulty.fail('refused');
    for (let number = 0; number < kept + 7; number++) audit.record(line(`call ${number}`));
    await audit.flush();
    audit.record(line('one more'));
    await audit.flush();
    faulty.recover();
    await audit.flush();
    audit.record(line('after'));
    await audit.flush();
    expect((await audit.search('audit_entries_lost', { limit: 10, most: 1e6 })).entries).toMatchObject([
      { user: '', message: 'audit_entries_lost: 8', result: false },
    ]);
    expect(await find(`"call ${kept - 1}"`)).toHaveLength(1);
    expect(await find(`"call ${kept}"`)).toEqual([]);
    expect((await messages()).slice(0, 2)).toEqual(['after', 'audit_entries_lost: 8']);
    audit.record(line('later'));
    expect(await find('audit_entries_lost')).toHaveLength(1);
  });
});
