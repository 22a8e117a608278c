import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { limits } from '../limits.ts';
import { FaultyStore } from '../testing/faulty-store.ts';
import { TestStore } from '../testing/store.ts';
import { StoredAuditLog } from './audit-log.ts';

let test: TestStore;
let audit: StoredAuditLog;
beforeEach(async () => {
  test = await TestStore.open();
  audit = new StoredAuditLog(test.store);
});
afterEach(() => test.close());

const entry = (user: string, message: string, result = true, address = '10.0.0.1') => ({
  microsecond: 1,
  address,
  user,
  message,
  result,
});

it.each([
  ['*', 3],
  ['', 3],
  ['invoke', 1],
  ['INVOKE', 1],
  ['message:task', 2],
  ['user:ann', 2],
  ['user:ann AND task', 1],
  ['result:false', 1],
  ['ip:10.0.0.2', 1],
  ['"get_task"', 1],
  ['user:nobody', 0],
])('the query "%s" finds %i', async (query, found) => {
  audit.record(entry('ann', 'invoke_task'));
  audit.record(entry('ben', 'get_task', false));
  audit.record(entry('ann', 'user_login', true, '10.0.0.2'));
  expect(await audit.query(query, 10)).toHaveLength(found);
});

it('gives the newest first, as many as asked for, over a restart', async () => {
  for (let number = 0; number < 1200; number++) audit.record(entry('ann', `call ${number}`));
  await audit.flush();
  await test.reopen();
  audit = new StoredAuditLog(test.store);
  expect((await audit.query('*', 2)).map(({ message }) => message)).toEqual(['call 1199', 'call 1198']);
  expect(await audit.query('*', 1e9)).toHaveLength(1000);
});

it('takes any query', async () => {
  audit.record(entry('ann', 'x'));
  await fc.assert(
    fc.asyncProperty(fc.string({ maxLength: 200 }), async (query) => {
      expect((await audit.query(query, 10)).length).toBeLessThanOrEqual(1);
    }),
    { numRuns: 300 },
  );
});

describe('a store that takes no writes for a while', () => {
  let faulty: FaultyStore;
  beforeEach(() => {
    faulty = new FaultyStore(test.store);
    audit = new StoredAuditLog(faulty);
  });
  const messages = async () => (await audit.query('*', 1e9)).map(({ message }) => message);

  it('has each entry once when it is back', async () => {
    faulty.fail('refused');
    audit.record(entry('ann', 'first'));
    await audit.flush();
    audit.record(entry('ann', 'second'));
    await audit.flush();
    faulty.recover();
    expect(await messages()).toEqual(['second', 'first']);
  });

  it('does not get twice what it wrote without acknowledging it', async () => {
    faulty.fail('written');
    audit.record(entry('ann', 'first'));
    await audit.flush();
    faulty.recover();
    audit.record(entry('ann', 'second'));
    expect(await messages()).toEqual(['second', 'first']);
  });

  it('is told how many entries there was no room for', async () => {
    const kept = limits.auditKept.value;
    faulty.fail('refused');
    for (let number = 0; number < kept + 7; number++) audit.record(entry('ann', `call ${number}`));
    await audit.flush();
    audit.record(entry('ann', 'one more'));
    await audit.flush();
    faulty.recover();
    await audit.flush();
    audit.record(entry('ann', 'after'));
    await audit.flush();
    expect(await audit.query('audit_entries_lost', 10)).toMatchObject([
      { user: '', message: 'audit_entries_lost: 8', result: false },
    ]);
    expect((await audit.query(`"call ${kept - 1}"`, 10)).length).toBe(1);
    expect((await audit.query(`"call ${kept}"`, 10)).length).toBe(0);
    expect((await messages()).slice(0, 2)).toEqual(['after', 'audit_entries_lost: 8']);
    audit.record(entry('ann', 'later'));
    expect((await audit.query('audit_entries_lost', 10)).length).toBe(1);
  });
});
