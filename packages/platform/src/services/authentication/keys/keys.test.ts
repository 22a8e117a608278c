import { create, toBinary } from '@bufbuild/protobuf';
import { authentication, gaiwan } from '@gaiwan/protocol';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { keys, type UserRecord } from '../../../domain/records.ts';
import { KeySignatures } from '../../../pipeline/key-signatures.ts';
import type { PublicService } from '../../../pipeline/public-service.ts';
import { OpenAccounts } from '../../../state/open-accounts.ts';
import { readRecord } from '../../../state/transaction.ts';
import { NotedAudit } from '../../../testing/audit.ts';
import { headersOf, statementOf, TestKey } from '../../../testing/keys.ts';
import { startedStore } from '../../../testing/started-store.ts';
import { TestStore } from '../../../testing/store.ts';
import { CedarAccessControl } from '../../access-control/index.ts';
import { AuthenticationService, authenticationServices } from '../index.ts';

const access = new CedarAccessControl();
const refused = (code: string) => expect.objectContaining({ code });
const PASSWORD = 'a password';
let test: TestStore;
let service: AuthenticationService;
let signatures: KeySignatures;
let services: PublicService[];
let key: TestKey;
let subject: string;

/** The token of the latest session, and its password: to hash one takes long. */
let session: { readonly password: string; readonly token: string } | undefined;

let started: TestStore;
beforeAll(async () => {
  started = await startedStore(PASSWORD);
});
afterAll(() => started.remove());
beforeEach(async () => {
  session = undefined;
  test = await TestStore.open(started);
  const { store, clock } = test;
  signatures = new KeySignatures({ clock, instance: 'ab'.repeat(32) });
  service = await AuthenticationService.open({ store, clock });
  const accounts = new OpenAccounts(store);
  services = authenticationServices(service, {
    store,
    clock,
    access,
    accounts,
    signatures,
    audit: new NotedAudit(),
  });
  subject = (await record())?.subject ?? '';
  test.clock.time += 1000;
  key = new TestKey();
});
afterEach(() => test.close());

const where = () => ({ instance: 'ab'.repeat(32), subject, time: test.clock.time });
const record = () => readRecord<UserRecord>(test.store, keys.user('admin'));

/** A call as the RPC server makes it; `by`: the key that signs it. */
async function call(
  name: string,
  init: Record<string, unknown> = {},
  by?: TestKey,
  password = PASSWORD,
): Promise<unknown> {
  const service_ = services.find(({ methods }) => methods.some(({ method }) => method.name === name));
  const found = service_?.methods.find(({ method }) => method.name === name);
  if (!service_?.pipeline || found?.handler.kind !== 'unary') throw new Error(name);
  const { input } = found.method;
  const request = create(input, init);
  if (session?.password !== password)
    session = { password, token: (await service.login('admin', password, '::1')).token };
  const { token } = session;
  const text = by ? by.text(statementOf(name, input, request, where())) : '';
  return service_.pipeline.callUnary(found.handler, request, {
    header: (header) => (header === 'token' ? token : headersOf('admin', text)(header)),
    bytes: () => toBinary(input, request),
    address: '::1',
    signal: new AbortController().signal,
  });
}

const registered = async (): Promise<string> => {
  const { recoveryCode } = (await call('RegisterKey', key.offer(where()))) as { recoveryCode: string };
  test.clock.time += 1000;
  return recoveryCode;
};

describe('an account without a key', () => {
  it('is told so, and can register one with its session', async () => {
    expect(await call('GetAccount')).toMatchObject({
      subject: expect.stringMatching(/^admin#/),
      instance: 'ab'.repeat(32),
      formerKeys: [],
      requireKeys: false,
      platformTime: BigInt(test.clock.time),
    });
    expect(await registered()).toMatch(/^([0-9A-Z]{4}-){7}[0-9A-Z]{4}$/);
    expect(await call('GetAccount')).toMatchObject({ key: { id: key.account.id } });
  });

  it('cannot rotate or recover one', async () => {
    await expect(call('RotateKey', key.offer(where()))).rejects.toEqual(refused('no-key'));
    const recoveryCode = 'A'.repeat(32);
    await expect(call('RecoverKey', { ...key.offer(where()), recoveryCode })).rejects.toEqual(
      refused('recovery-refused'),
    );
    expect((await record())?.keys).toBeUndefined();
  });

  it('registers none that it does not have', async () => {
    const { publicKey } = new TestKey().account;
    await expect(call('RegisterKey', { ...key.offer(where()), publicKey })).rejects.toEqual(
      refused('key-not-proven'),
    );
    expect((await record())?.keys).toBeUndefined();
  });
});

describe('an account with a key', () => {
  it('keeps it, whoever has its password: nothing but the key, or the code, replaces it', async () => {
    await registered();
    const before = (await record())?.keys;
    const thief = new TestKey();
    await expect(call('RegisterKey', thief.offer(where()))).rejects.toEqual(refused('key-exists'));
    await expect(call('RotateKey', thief.offer(where()))).rejects.toEqual(refused('signature-missing'));
    await expect(call('RotateKey', thief.offer(where()), thief)).rejects.toEqual(refused('signature-wrong'));
    await expect(call('UserChangePassword', { password: 'x' })).rejects.toEqual(refused('signature-missing'));
    await expect(call('SetAccountPreferences', {})).rejects.toEqual(refused('signature-missing'));
    expect((await record())?.keys).toEqual(before);
  });

  it('keeps it through a reset of its password and an update of its role', async () => {
    await registered();
    const reset = await call('ResetUserPassword', { id: 'admin' }, key);
    const password = (reset as { password: string }).password;
    await expect(call('SetAccountPreferences', {}, undefined, password)).rejects.toEqual(
      refused('signature-missing'),
    );
    await call('UserUpdate', { id: 'admin', password: PASSWORD, role: 'PlatformAdmin' }, key, password);
    expect((await record())?.keys?.current.id).toBe(key.account.id);
  });

  it('rotates it: the old one is kept, and signs no more', async () => {
    await registered();
    const next = new TestKey('ES256');
    await call('RotateKey', next.offer(where()), key);
    test.clock.time += 1;
    expect(await call('GetAccount')).toMatchObject({
      key: { id: next.account.id },
      formerKeys: [{ id: key.account.id, publicKey: key.account.publicKey }],
    });
    await expect(call('SetAccountPreferences', {}, key)).rejects.toEqual(refused('signature-wrong'));
    await call('SetAccountPreferences', { requireKeys: true }, next);
    expect(await call('GetAccount')).toMatchObject({ requireKeys: true });
  });

  it('rotates it once, of two rotations at the same time', async () => {
    await registered();
    const both = await Promise.allSettled(
      [new TestKey(), new TestKey()].map((next) => call('RotateKey', next.offer(where()), key)),
    );
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect((await record())?.keys?.former).toHaveLength(1);
  });

  it('is recovered with its code, once, and gets another code', async () => {
    const recoveryCode = await registered();
    const [next, third] = [new TestKey(), new TestKey()];
    const answer = await call('RecoverKey', {
      ...next.offer(where()),
      recoveryCode: recoveryCode.toLowerCase(),
    });
    test.clock.time += 1;
    expect(answer).toMatchObject({ recoveryCode: expect.not.stringMatching(recoveryCode) });
    expect((await record())?.keys?.current.id).toBe(next.account.id);
    await expect(call('RecoverKey', { ...third.offer(where()), recoveryCode })).rejects.toEqual(
      refused('recovery-refused'),
    );
    expect((await record())?.keys?.current.id).toBe(next.account.id);
  });

  it('is recovered once, of two recoveries with one code at the same time', async () => {
    const recoveryCode = await registered();
    const both = await Promise.allSettled(
      [new TestKey(), new TestKey()].map((next) =>
        call('RecoverKey', { ...next.offer(where()), recoveryCode }),
      ),
    );
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect((await record())?.keys?.former).toHaveLength(1);
  });

  it('does not recover for who guesses: after some guesses the right code is not looked at either', async () => {
    const recoveryCode = await registered();
    const recover = (code: string) =>
      call('RecoverKey', { ...new TestKey().offer(where()), recoveryCode: code });
    for (let guess = 0; guess < 5; guess++)
      await expect(recover('A'.repeat(32))).rejects.toEqual(refused('recovery-refused'));
    await expect(recover(recoveryCode)).rejects.toEqual(refused('recovery-throttled'));
    expect((await record())?.keys?.current.id).toBe(key.account.id);
  });

  it('has no word of its code in the store', async () => {
    const recoveryCode = await registered();
    const text = JSON.stringify(await record());
    expect(text).not.toContain(recoveryCode);
    expect((await record())?.keys?.recovery).toMatch(/^\$argon2id\$/);
  });
});

it('the users of the authentication API are those of its descriptors', () => {
  expect(services.map(({ name }) => name)).toEqual([
    authentication.TeaclaveAuthenticationApi.typeName,
    gaiwan.KeyService.typeName,
    gaiwan.UserService.typeName,
  ]);
});
