import { create } from '@bufbuild/protobuf';
import { authentication as wire } from '@gaiwan/protocol';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type GroupRecord, keys } from '../../domain/records.ts';
import { parseRole } from '../../domain/roles.ts';
import type { PlatformError } from '../../errors.ts';
import { limits } from '../../limits.ts';
import type { Caller } from '../../ports.ts';
import { OpenAccounts } from '../../state/open-accounts.ts';
import { readRecord } from '../../state/transaction.ts';
import { NotedAudit } from '../../testing/audit.ts';
import { type Calls, callsOf } from '../../testing/calls.ts';
import { withoutKeys } from '../../testing/signatures.ts';
import { startedStore } from '../../testing/started-store.ts';
import { TestStore } from '../../testing/store.ts';
import { subjectOf } from '../../testing/subjects.ts';
import { CedarAccessControl } from '../access-control/index.ts';
import { AuthenticationService } from './authentication.ts';
import { authenticationConventions, authenticationMethods } from './methods.ts';

const access = new CedarAccessControl();
type Users = Calls<ReturnType<typeof authenticationMethods>>;
const PASSWORD = 'päss wörd ✓';
let test: TestStore;
let service: AuthenticationService;
let users: Users;
let accounts: OpenAccounts;
const open = async () => {
  const { store, clock } = test;
  service = await AuthenticationService.open({ store, clock });
  accounts = new OpenAccounts(store);
  const audit = new NotedAudit();
  users = callsOf(authenticationMethods(service, { store, clock, accounts, audit }), {
    store,
    clock,
    audit,
    access,
    accounts,
    events: { publish: () => undefined },
    signatures: withoutKeys,
    conventions: authenticationConventions,
  });
};
let started: TestStore;
beforeAll(async () => {
  started = await startedStore(PASSWORD);
});
afterAll(() => started.remove());
beforeEach(async () => {
  test = await TestStore.open(started);
  await open();
});
afterEach(() => test.close());

const as = (id: string, name: string, attribute = ''): Caller => ({
  id,
  subject: subjectOf(id),
  role: parseRole(name, attribute) as Caller['role'],
  address: '::1',
});
const admin = as('admin', 'PlatformAdmin');
const login = async (id = 'admin', password = PASSWORD, address = '::1') =>
  (await service.login(id, password, address)).token;
const user = (id: string, role = 'DataOwner', attribute = 'bank', password = PASSWORD) =>
  create(wire.UserRegisterRequestSchema, { id, password, role, attribute });
const change = (...fields: Parameters<typeof user>) => {
  const { id, password, role, attribute } = user(...fields);
  return create(wire.UserUpdateRequestSchema, { id, password, role, attribute });
};
const register = (who: Caller, ...fields: Parameters<typeof user>) =>
  users.userRegister(who, user(...fields));
const update = (who: Caller, ...fields: Parameters<typeof user>) => users.userUpdate(who, change(...fields));
const changePassword = (who: Caller, password: string) =>
  users.userChangePassword(who, create(wire.UserChangePasswordRequestSchema, { password }));
const reset = async (who: Caller, id: string) =>
  (await users.resetUserPassword(who, create(wire.ResetUserPasswordRequestSchema, { id }))).password;
const remove = (who: Caller, id: string) =>
  users.deleteUser(who, create(wire.DeleteUserRequestSchema, { id }));
const list = async (who: Caller, id: string) =>
  (await users.listUsers(who, create(wire.ListUsersRequestSchema, { id }))).ids;
/** The account that has the name now, as a call of it comes in. */
const self = async (id: string, password = PASSWORD) =>
  service.authenticate(id, await login(id, password), '::1');
const refused = (wire: string, code: string) => expect.objectContaining({ grpc: 16, wire, code });
const authenticationFailed = refused('authentication failed', 'authentication-failed');

it('who may not act on an account cannot tell by an answer whether it is there', async () => {
  await register(admin, 'carl', 'DataOwner', 'north');
  await register(admin, 'boss', 'DataOwnerManager', 'bank');
  await register(admin, 'ann', 'DataOwner', 'bank');
  const answer = async (call: Promise<unknown>) => {
    const error = await call.then(
      () => expect.unreachable(),
      (failure: unknown) => failure,
    );
    const { code, wire, policyId } = error as PlatformError;
    return { code, wire, policyId };
  };
  const denial = { code: 'user-access-denied', wire: 'permission denied', policyId: 'deny-by-default' };
  for (const id of ['carl', 'nobody']) {
    for (const who of [await self('boss'), await self('ann')]) {
      expect(await answer(update(who, id, 'DataOwner', 'bank'))).toEqual(denial);
      expect(await answer(reset(who, id))).toEqual(denial);
      expect(await answer(remove(who, id))).toEqual(denial);
    }
    expect(await answer(register(await self('ann'), id, 'DataOwner', 'bank'))).toEqual(denial);
  }
  await expect(update(admin, 'nobody')).rejects.toEqual(refused('invalid user id', 'unknown-user'));
});

describe('the first administrator', () => {
  it('is made once, not again after a restart', async () => {
    expect(await service.bootstrapAdmin('other')).toBe(false);
    await test.reopen();
    await open();
    expect(await service.bootstrapAdmin('other')).toBe(false);
    await expect(login('admin', 'other')).rejects.toEqual(authenticationFailed);
    expect(await service.isNew()).toBe(false);
    expect((await service.authenticate('admin', await login(), '::1')).role.name).toBe('PlatformAdmin');
  });
});

describe('a data folder without users', () => {
  const gone = expect.objectContaining({ name: 'PlatformError', code: 'administrators-gone' });

  it('that had an administrator gets none by a restart, whoever took the users away', async () => {
    await test.store.commit({ delete: [keys.user('admin')] });
    await test.reopen();
    await open();
    await expect(service.isNew()).rejects.toEqual(gone);
    await expect(service.bootstrapAdmin('other')).rejects.toEqual(gone);
    await expect(login('admin', 'other')).rejects.toEqual(authenticationFailed);
  });

  it('is told from one whose mark was taken away', async () => {
    await test.store.commit({ delete: [keys.firstAdministrator()] });
    await expect(service.bootstrapAdmin('other')).rejects.toEqual(gone);
  });

  it('gets one administrator, however many ask at once', async () => {
    await test.store.commit({ delete: [keys.firstAdministrator(), keys.user('admin')] });
    const made = await Promise.all([service.bootstrapAdmin('one'), service.bootstrapAdmin('two')]);
    expect(made.filter(Boolean)).toHaveLength(1);
  });
});

describe('an account', () => {
  it('is itself after its own change of password', async () => {
    await register(admin, 'ann');
    const before = await self('ann');
    await changePassword(before, 'next');
    expect((await self('ann', 'next')).subject).toBe(before.subject);
  });

  it.each<[string, () => Promise<string>]>([
    ['a reset', async () => (await reset(admin, 'ann')) ?? ''],
    ['an update', async () => update(admin, 'ann', 'DataOwner', 'bank', 'next').then(() => 'next')],
    [
      'a deletion and a registration',
      async () => {
        await remove(admin, 'ann');
        await register(admin, 'ann', 'DataOwner', 'bank', 'next');
        return 'next';
      },
    ],
  ])('begins anew by %s of somebody else, and what was open in its name ends', async (_what, change) => {
    await register(admin, 'ann');
    const { subject } = await self('ann');
    using open = await accounts.hold(subject);
    expect(open.signal.aborted).toBe(false);
    const password = await change();
    expect(open.signal.aborted).toBe(true);
    const after = await self('ann', password);
    expect(after.subject).not.toBe(subject);
    expect(after.subject).toMatch(/^ann#[\w-]{16}$/);
    using late = await accounts.hold(subject);
    expect(late.signal.aborted).toBe(true);
    const events = await test.store.log('events', { from: 0, limit: 100 });
    const told = events.map(
      ({ value }) => JSON.parse(Buffer.from(value).toString()) as Record<string, string>,
    );
    expect(
      told.filter((event) => event['former'] === subject || event['type'] === 'user-deleted'),
    ).toHaveLength(1);
  });

  it('of a taken name is not another: no two accounts are one subject', async () => {
    const seen = new Set<string>();
    for (let round = 0; round < 4; round++) {
      await register(admin, 'ann');
      seen.add((await self('ann')).subject);
      await remove(admin, 'ann');
    }
    expect(seen.size).toBe(4);
  });
});

describe('a group', () => {
  const group = (name: string) => readRecord<GroupRecord>(test.store, keys.group(name));
  const vendor = as('vendor', 'FunctionOwner');
  const rival = as('rival', 'FunctionOwner');
  const invite = (who: Caller, id: string, name: string) => register(who, id, 'DataOwnerManager', name);
  const denied = expect.objectContaining({ code: 'user-access-denied' });

  it('is whoever’s who brought its first member, as long as it has members', async () => {
    await invite(vendor, 'boss', 'shops');
    expect(await group('shops')).toEqual({ madeBy: vendor.subject, members: 1 });
    const root = await self('admin');
    await register(root, 'cashier', 'DataOwner', 'bank');
    expect(await group('bank')).toEqual({ madeBy: root.subject, byAdministrator: true, members: 1 });
    await expect(invite(rival, 'boss2', 'shops')).rejects.toEqual(denied);
    await invite(vendor, 'boss3', 'shops');
    await register(await self('boss'), 'shop', 'DataOwner', 'shops');
    expect(await group('shops')).toEqual({ madeBy: vendor.subject, members: 3 });
    // Moved away, deleted: the group ends with its last member, and is free.
    await update(admin, 'shop', 'DataOwner', 'others');
    await update(admin, 'boss3', 'FunctionOwner', '');
    expect((await group('shops'))?.members).toBe(1);
    await remove(admin, 'boss');
    expect(await group('shops')).toBeUndefined();
    expect(await group('others')).toMatchObject({ members: 1 });
    await invite(rival, 'boss2', 'shops');
    await expect(invite(vendor, 'boss', 'shops')).rejects.toEqual(denied);
  });

  it('is given to one function owner when two ask at once', async () => {
    const asked = await Promise.allSettled([invite(vendor, 'one', 'shops'), invite(rival, 'two', 'shops')]);
    expect(asked.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect((await group('shops'))?.members).toBe(1);
  });

  it('has managers who act on those they invited, and on no others', async () => {
    await register(admin, 'ann', 'DataOwner', 'bank');
    await register(admin, 'boss', 'DataOwnerManager', 'bank');
    const boss = await self('boss');
    await register(boss, 'ben', 'DataOwner', 'bank');
    for (const act of [reset(boss, 'ann'), update(boss, 'ann'), remove(boss, 'ann')])
      await expect(act).rejects.toEqual(denied);
    await update(boss, 'ben');
    expect(await reset(boss, 'ben')).toMatch(/^[0-9a-f]{32}$/);
    await remove(boss, 'ben');
  });
});

it('an administrator does nothing to another', async () => {
  await register(admin, 'root', 'PlatformAdmin', '');
  const root = await self('root');
  const denied = expect.objectContaining({ code: 'user-access-denied' });
  for (const act of [reset(root, 'admin'), update(root, 'admin', 'DataOwner'), remove(root, 'admin')])
    await expect(act).rejects.toEqual(denied);
  const { subject } = root;
  await update(root, 'root', 'PlatformAdmin', '', 'next');
  expect((await self('root', 'next')).subject).toBe(subject);
});

describe('the last administrator', () => {
  const refusal = expect.objectContaining({
    code: 'last-administrator',
    grpc: 16,
    wire: 'permission denied',
  });

  it('stays one, by whatever way it would go', async () => {
    const only = await self('admin');
    await expect(remove(only, 'admin')).rejects.toEqual(refusal);
    await expect(update(only, 'admin', 'DataOwner')).rejects.toEqual(refusal);
    await expect(update(only, 'admin', 'FunctionOwner', '')).rejects.toEqual(refusal);
    expect((await self('admin')).role.name).toBe('PlatformAdmin');
    await update(only, 'admin', 'PlatformAdmin', '', 'next');
    expect((await self('admin', 'next')).subject).toBe(only.subject);
  });

  it('may go when there is another, and one of two that go at once stays', async () => {
    await register(admin, 'root', 'PlatformAdmin', '');
    const [one, other] = [await self('admin'), await self('root')];
    const both = await Promise.allSettled([remove(one, 'admin'), update(other, 'root', 'DataOwner')]);
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(both.find(({ status }) => status === 'rejected')).toMatchObject({ reason: refusal });
  });

  it('is whoever is left', async () => {
    await register(admin, 'root', 'PlatformAdmin', '');
    await remove(await self('admin'), 'admin');
    await expect(remove(await self('root'), 'root')).rejects.toEqual(refusal);
  });
});

describe('a login', () => {
  it.each([
    ['a wrong password', 'admin', 'wrong'],
    ['an empty password', 'admin', ''],
    ['a user that is not', 'nobody', PASSWORD],
    ['no user', '', PASSWORD],
    ['a very long user', 'x'.repeat(5000), PASSWORD],
    ['a very long password', 'admin', 'x'.repeat(5000)],
  ])('with %s fails in the same words', async (_what, id, password) => {
    await expect(login(id, password)).rejects.toEqual(authenticationFailed);
  });

  it('is throttled by user, also when all guesses come at once, and free again with time', async () => {
    const guesses = await Promise.allSettled(
      Array.from({ length: 14 }, (_, n) => login('admin', `guess ${n}`)),
    );
    const codes = guesses.map((guess) => (guess as { reason: PlatformError }).reason.code);
    expect(codes.filter((code) => code === 'authentication-failed')).toHaveLength(10);
    expect(codes.filter((code) => code === 'throttled')).toHaveLength(4);
    await expect(login()).rejects.toEqual(refused('authentication failed', 'throttled'));
    test.clock.time += 6_000;
    await expect(login()).resolves.toBeTypeOf('string');
  });

  it('is throttled by address, whomever the guesses are about', async () => {
    const from = (address: string, id: string, password = 'guess') =>
      login(id, password, address).catch((error: unknown) => (error as PlatformError).code);
    const many = limits.failedLoginsOfAddress.value;
    // Only one guess in ten has a password that is hashed, which is slow. An empty password counts as a guess too.
    for (let guess = 0; guess < many; guess++)
      expect(await from('192.0.2.1', `user-${guess}`, guess % 10 === 0 ? 'guess' : '')).toBe(
        'authentication-failed',
      );
    expect(await from('192.0.2.1', 'another')).toBe('throttled');
    await expect(login('admin', PASSWORD, '192.0.2.1')).rejects.toMatchObject({ code: 'throttled' });
    await expect(login('admin', PASSWORD, '192.0.2.2')).resolves.toBeTypeOf('string');
    test.clock.time += limits.failedLoginOfAddressRefill.value;
    await expect(login('admin', PASSWORD, '192.0.2.1')).resolves.toBeTypeOf('string');
  });

  it('that succeeds is never throttled', async () => {
    // More than could fail.
    const many = limits.failedLoginsOfUser.value + 1;
    await expect(Promise.all(Array.from({ length: many }, () => login()))).resolves.toHaveLength(many);
  });
});

describe('a token', () => {
  it('is for its user, and needs both', async () => {
    const token = await login();
    await expect(service.authenticate('', token, '')).rejects.toMatchObject({ code: 'missing-user-id' });
    await expect(service.authenticate('admin', '', '')).rejects.toMatchObject({ code: 'missing-token' });
    await expect(service.authenticate('ann', token, '')).rejects.toEqual(authenticationFailed);
  });

  it('goes on where its own session sets a new password, and every other of the account ends', async () => {
    await register(admin, 'ann');
    const [own, other] = [await login('ann'), await login('ann')];
    const inAs = (token: string) => service.authenticate('ann', token, '');
    for (const password of ['next', 'and next']) {
      await changePassword(await inAs(own), password);
      await expect(inAs(own)).resolves.toMatchObject({ id: 'ann' });
      await expect(inAs(other)).rejects.toEqual(authenticationFailed);
    }
    // Another session, the same again.
    const second = await login('ann', 'and next');
    await changePassword(await inAs(second), 'last');
    await expect(inAs(second)).resolves.toMatchObject({ id: 'ann' });
    await expect(inAs(own)).rejects.toEqual(authenticationFailed);
    await reset(admin, 'ann');
    await expect(inAs(second)).rejects.toEqual(authenticationFailed);
  });

  it.each([59, 0, -1, 1.5, Number.NaN, 31 * 86_400])('cannot hold for %d s', async (tokenLife) => {
    const { store, clock } = test;
    await expect(AuthenticationService.open({ store, clock, tokenLife })).rejects.toMatchObject({
      code: 'bad-token-life',
    });
  });

  it('dies with a new password, with a reset, and with its user, who may come again', async () => {
    await register(admin, 'ann');
    const first = await login('ann');
    await changePassword(await self('ann'), 'next');
    await expect(service.authenticate('ann', first, '')).rejects.toEqual(authenticationFailed);
    const second = await login('ann', 'next');
    const given = await reset(admin, 'ann');
    expect(given).toMatch(/^[0-9a-f]{32}$/);
    await expect(service.authenticate('ann', second, '')).rejects.toEqual(authenticationFailed);
    const third = await login('ann', given ?? '');
    await remove(admin, 'ann');
    await expect(service.authenticate('ann', third, '')).rejects.toEqual(authenticationFailed);
    await register(admin, 'ann');
    await expect(service.authenticate('ann', third, '')).rejects.toEqual(authenticationFailed);
  });

  it('gives the role of the record, not its own', async () => {
    await register(admin, 'ann', 'FunctionOwner');
    const token = await login('ann');
    await update(admin, 'ann', 'DataOwner');
    const role = { name: 'DataOwner', attribute: 'bank' };
    expect((await service.authenticate('ann', await login('ann'), '')).role).toEqual(role);
    await expect(service.authenticate('ann', token, '')).rejects.toEqual(authenticationFailed);
  });
});

describe('who manages whom', () => {
  const manager = as('boss', 'DataOwnerManager', 'bank');
  const owner = as('ann', 'DataOwner', 'bank');
  const vendor = as('vendor', 'FunctionOwner');
  it.each<[string, Caller, ReturnType<typeof user>, boolean]>([
    ['an administrator anybody', admin, user('new', 'PlatformAdmin', ''), true],
    ['a manager its own group', manager, user('new'), true],
    ['a manager another group', manager, user('new', 'DataOwner', 'other'), false],
    ['a manager a manager', manager, user('new', 'DataOwnerManager', 'bank'), false],
    ['a manager an administrator', manager, user('new', 'PlatformAdmin', ''), false],
    ['a data owner nobody', owner, user('new'), false],
    ['a function owner nobody', vendor, user('new'), false],
  ])('registers %s', async (_who, caller, next, fine) => {
    const done = users.userRegister(caller, next);
    if (fine) await expect(done).resolves.toEqual({});
    else await expect(done).rejects.toEqual(refused('permission denied', 'user-access-denied'));
  });

  it('a manager cannot raise a member above the group', async () => {
    await register(admin, 'ann');
    await expect(update(manager, 'ann', 'PlatformAdmin')).rejects.toMatchObject({
      wire: 'permission denied',
    });
    await expect(update(manager, 'admin')).rejects.toMatchObject({ wire: 'permission denied' });
  });

  it('a user that is not looks like one that is forbidden', async () => {
    for (const id of ['admin', 'nobody'])
      await expect(reset(owner, id)).rejects.toMatchObject({ wire: 'permission denied' });
  });

  it('a manager lists its group, an administrator everybody', async () => {
    await register(admin, 'ann');
    await register(admin, 'eve', 'DataOwner', 'other');
    expect(await list(manager, 'bank')).toEqual(['ann']);
    expect((await list(admin, 'bank'))?.sort()).toEqual(['admin', 'ann', 'eve']);
    await expect(list(manager, 'other')).rejects.toMatchObject({ wire: 'permission denied' });
  });
});

it.each([
  ['an id with a space', user('a b'), 'bad-user-id'],
  ['an id of nothing', user(''), 'bad-user-id'],
  ['an id in the form of a subject', user(subjectOf('ann')), 'bad-user-id'],
  ['an id too long', user('x'.repeat(129)), 'bad-user-id'],
  ['a role that is none', user('ann', 'King'), 'bad-role'],
  ['B8: an id like a path', user('../bank'), 'bad-user-id'],
  ['B8: an id like an option', user('-rf'), 'bad-user-id'],
  ['B8: an id like a pattern', user('*'), 'bad-user-id'],
  ['A10: an id that every object has', user('__proto__'), 'bad-user-id'],
  ['B8: an id that differs by case alone', user('Admin'), 'user-looks-alike'],
  ['B8: a group with NUL', user('ann', 'DataOwner', 'bank\0'), 'bad-group'],
  ['B8: a group of two lines', user('ann', 'DataOwner', 'bank\nadmin'), 'bad-group'],
  ['B8: a group of Cyrillic letters', user('ann', 'DataOwnerManager', 'b\u0430nk'), 'bad-group'],
  ['an id that is taken', user('admin'), 'user-exists'],
  ['a password too long', user('ann', 'DataOwner', 'bank', 'x'.repeat(1025)), 'password-too-long'],
])('%s is refused', async (_what, next, code) => {
  await expect(users.userRegister(admin, next)).rejects.toMatchObject({ code, grpc: 16 });
});

it('B8: ids that look like another are refused as long as that one is there, and one at a time', async () => {
  await register(admin, 'bank1');
  for (const id of ['bankl', 'bankI', 'BANK1', 'BankL'])
    await expect(register(admin, id), id).rejects.toMatchObject({
      code: 'user-looks-alike',
      wire: 'user id exist',
    });
  await register(admin, 'bank2');
  await remove(admin, 'bank1');
  const both = await Promise.allSettled([register(admin, 'bankl'), register(admin, 'bankI')]);
  expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
});

it('B8: groups whose names look like another are refused as long as that one has members', async () => {
  await register(admin, 'ann', 'DataOwner', 'bank1');
  const alike = ['bankl', 'bankI', 'BANK1'];
  for (const group of alike) {
    const refusal = { code: 'group-looks-alike', grpc: 16, wire: 'invalid role' };
    await expect(register(admin, 'ben', 'DataOwnerManager', group), group).rejects.toMatchObject(refusal);
  }
  await register(admin, 'ben', 'DataOwnerManager', 'bank1');
  await register(admin, 'carl', 'DataOwner', 'bank2');
  await expect(update(admin, 'carl', 'DataOwner', 'bankl')).rejects.toMatchObject({
    code: 'group-looks-alike',
  });
  for (const member of ['ann', 'ben']) await remove(admin, member);
  await update(admin, 'carl', 'DataOwner', 'bankl');
  await expect(register(admin, 'ann', 'DataOwner', 'bank1')).rejects.toMatchObject({
    code: 'group-looks-alike',
  });
});

it('a group begins once, however many of its members are registered at once', async () => {
  for (let round = 0; round < 2; round++) {
    const members = ['ann', 'ben', 'carl', 'dora'].map((name) => `${name}${round}`);
    await Promise.all(members.map((name) => register(admin, name, 'DataOwner', `new${round}`)));
  }
});

it('a user is not brought back by a change that was begun before it was deleted', async () => {
  await register(admin, 'ann');
  const ann = await self('ann');
  const [changed] = await Promise.allSettled([changePassword(ann, 'next'), remove(admin, 'ann')]);
  expect(changed.status).toBe('rejected');
  await expect(login('ann', 'next')).rejects.toEqual(authenticationFailed);
});
