import { create } from '@bufbuild/protobuf';
import { authentication, gaiwan } from '@gaiwan/protocol';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { encodeRecord } from '../../domain/codec.ts';
import { keys } from '../../domain/records.ts';
import { limits } from '../../limits.ts';
import type { Caller } from '../../ports.ts';
import { OpenAccounts } from '../../state/open-accounts.ts';
import { NotedAudit } from '../../testing/audit.ts';
import { type Calls, callsOf } from '../../testing/calls.ts';
import { caller } from '../../testing/management.ts';
import { withoutKeys } from '../../testing/signatures.ts';
import { TestStore } from '../../testing/store.ts';
import { putAccounts, subjectOf } from '../../testing/subjects.ts';
import { CedarAccessControl } from '../access-control/index.ts';
import { listMethods } from './lists.ts';
import { authenticationConventions } from './methods.ts';

const MEMBERS = 250;
const [admin, boss, member] = [
  caller('admin', 'PlatformAdmin', ''),
  caller('boss', 'DataOwnerManager', 'north'),
  caller('north-0', 'DataOwner', 'north'),
];
const ids = (group: string, count: number) => Array.from({ length: count }, (_, n) => `${group}-${n}`);
let test: TestStore;
let users: Calls<ReturnType<typeof listMethods>>;

beforeEach(async () => {
  test = await TestStore.open();
  const { store, clock } = test;
  for (const [group, count] of [
    ['north', MEMBERS],
    ['south', 20],
  ] as const)
    await putAccounts(
      store,
      ids(group, count).map((id) => subjectOf(id)),
      { name: 'DataOwner', attribute: group },
    );
  users = callsOf(listMethods({ store }), {
    store,
    clock,
    audit: new NotedAudit(),
    access: new CedarAccessControl(),
    accounts: new OpenAccounts(store),
    events: { publish: () => undefined },
    signatures: withoutKeys,
    conventions: authenticationConventions,
  });
});
afterEach(() => test.close());

const page = async (who: Caller, group: string, pageToken = '', pageSize = 0) => {
  const request = create(gaiwan.ListUserIdsRequestSchema, { group, pageToken, pageSize });
  const { userIds = [], nextPageToken = '' } = await users.listUserIds(who, request);
  return { userIds, nextPageToken };
};
async function pages(who: Caller, group: string, pageSize = 0): Promise<string[][]> {
  const all: string[][] = [];
  for (let token = ''; ; ) {
    const { userIds, nextPageToken } = await page(who, group, token, pageSize);
    all.push(userIds);
    token = nextPageToken;
    if (token === '') return all;
  }
}

it('an administrator gets everyone, each once, in pages of at most so many', async () => {
  const everyone = [...ids('north', MEMBERS), ...ids('south', 20)].sort();
  const all = await pages(admin, 'everybody');
  expect(all.flat().sort()).toEqual(everyone);
  expect(all.map(({ length }) => length)).toEqual([limits.page.value, everyone.length - limits.page.value]);
  const small = await pages(admin, 'everybody', 100);
  expect(small.map(({ length }) => length)).toEqual([100, 100, 70]);
  expect(small.flat().sort()).toEqual(everyone);
});

it('a manager gets the members of its group, and nobody else any', async () => {
  expect((await pages(boss, 'north')).flat().sort()).toEqual(ids('north', MEMBERS).sort());
  for (const [who, group] of [
    [boss, 'south'],
    [member, 'north'],
  ] as const)
    await expect(page(who, group)).rejects.toMatchObject({ code: 'user-access-denied' });
  await expect(page(admin, '')).rejects.toMatchObject({ code: 'bad-user-id' });
  await expect(page(admin, 'x', 'no token')).rejects.toMatchObject({ code: 'bad-page-token' });
});

it('a page ends after so many bytes of records, also where they are of others', async () => {
  const large = { id: 'x', role: { name: 'DataOwner', attribute: 'south' }, former: 'x'.repeat(30_000) };
  const put = ids('large', 100).map((id) => ({
    key: keys.user(id),
    value: encodeRecord({ ...large, id, subject: subjectOf(id) }),
  }));
  await test.store.commit({ put });
  const found = await pages(admin, 'everybody');
  expect(found.flat()).toHaveLength(MEMBERS + 120);
  // Nothing of that is read for whoever lists its own group.
  expect(await pages(boss, 'north')).toHaveLength(Math.ceil(MEMBERS / limits.page.value));
  expect(found.length).toBeGreaterThan(2);
});

it("Teaclave's call keeps its shape", () => {
  const { input, output } = authentication.TeaclaveAuthenticationApi.method.listUsers;
  expect([input.fields.map(({ name }) => name), output.fields.map(({ name }) => name)]).toEqual([
    ['id'],
    ['ids'],
  ]);
});
