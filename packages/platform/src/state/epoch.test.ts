import { afterEach, beforeEach, expect, it } from 'vitest';
import { EVENT_LOG } from '../domain/index.ts';
import { auditedIn } from '../testing/audit.ts';
import { TestStore } from '../testing/store.ts';
import { epochBegins, epochOf } from './epoch.ts';
import { readRecord } from './transaction.ts';

let test: TestStore;
beforeEach(async () => {
  test = await TestStore.open();
});
afterEach(() => test.close());

const reader = { read: <T>(key: Parameters<TestStore['store']['get']>[0]) => readRecord<T>(test.store, key) };
const events = async () =>
  (await test.store.log(EVENT_LOG)).map(({ value }) => JSON.parse(Buffer.from(value).toString()) as unknown);

it('begins with 1', async () => {
  expect(await epochOf(reader)).toBe(1);
});

it('that a recovery begins is in the record, the audit log and the event log, in one commit', async () => {
  const now = test.clock.now();
  const begun = { epoch: 2, accepted: { epoch: 1, commits: 7 }, anchored: { epoch: 1, commits: 9 } };
  await test.store.commit(epochBegins(begun, now));
  expect(await epochOf(reader)).toBe(2);
  const [line] = await auditedIn(test.store);
  expect(line).toMatchObject({
    user: 'operator',
    message: 'recover: epoch 2 begins with state 1.7, where the anchor had 1.9',
  });
  expect(await events()).toEqual([
    { at: now, type: 'epoch-begun', epoch: 2, accepted: '1.7', anchored: '1.9' },
  ]);
});

it('without an anchor says nothing of one', async () => {
  await test.store.commit(epochBegins({ epoch: 3, accepted: { epoch: 2, commits: 8 } }, 5));
  expect(await events()).toEqual([{ at: 5, type: 'epoch-begun', epoch: 3, accepted: '2.8' }]);
});
