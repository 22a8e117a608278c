import { afterEach, beforeEach, expect, it } from 'vitest';
import { encodeRecord, type GroupRecord, keys, type Role } from '../../domain/index.ts';
import { TestStore } from '../../testing/store.ts';
import { subjectOf } from '../../testing/subjects.ts';
import { shareOfCaller } from './share.ts';

let test: TestStore;
beforeEach(async () => {
  test = await TestStore.open();
});
afterEach(() => test.close());

const share = (name: Role['name'], attribute = '') =>
  shareOfCaller(test.store, {
    id: 'ann',
    subject: subjectOf('ann'),
    role: { name, attribute },
    address: '::1',
  });
const group = (name: string, record: GroupRecord) =>
  test.store.commit({ put: [{ key: keys.group(name), value: encodeRecord(record) }] });
const [ann, vendor] = [subjectOf('ann'), subjectOf('vendor')];

it('is the own one of an account that is in no group', async () => {
  expect(await share('FunctionOwner')).toEqual([`all-of:${ann}`, `user:${ann}`]);
});

it('is a part of the group’s, and of what a function owner gets who brought the group', async () => {
  await group('bank', { madeBy: vendor, byAdministrator: true, members: 1 });
  await group('shops', { madeBy: vendor, members: 1 });
  expect(await share('DataOwner', 'bank')).toEqual(['group:bank', `user:${ann}`]);
  for (const role of ['DataOwner', 'DataOwnerManager'] as const)
    expect(await share(role, 'shops')).toEqual([`all-of:${vendor}`, 'group:shops', `user:${ann}`]);
});
