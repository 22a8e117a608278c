import { hkdfSync } from 'node:crypto';
import fc from 'fast-check';
import { SignJWT } from 'jose';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { decodeRecord } from '../../domain/codec.ts';
import { keys } from '../../domain/records.ts';
import { limits } from '../../limits.ts';
import { TestStore } from '../../testing/store.ts';
import { subjectOf } from '../../testing/subjects.ts';
import { Tokens } from './tokens.ts';

const ann = {
  id: 'ann',
  subject: subjectOf('ann'),
  role: { name: 'DataOwner', attribute: 'bank' },
  generation: 'g1',
} as const;
let test: TestStore;
let tokens: Tokens;
beforeEach(async () => {
  test = await TestStore.open();
  tokens = await Tokens.open(test.store, test.clock, 3600);
});
afterEach(() => test.close());

const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
const read = (text = '') => JSON.parse(Buffer.from(text, 'base64url').toString()) as Record<string, unknown>;

async function signingKey(): Promise<{ kid: string; secret: Uint8Array }> {
  const { entries } = await test.store.scan(keys.signingKeys(), { limit: 10 });
  const { kid, secret } = decodeRecord<{ kid: string; secret: Uint8Array }>(entries[0]?.value as Uint8Array);
  return { kid, secret: new Uint8Array(hkdfSync('sha512', secret, '', 'gaiwan tokens', 64)) };
}

it('a token says who, for how long, and under which key', async () => {
  const token = await tokens.issue(ann);
  const [header, payload] = token.split('.').slice(0, 2).map(read);
  expect(header).toEqual({ alg: 'HS512', typ: 'JWT', kid: (await signingKey()).kid });
  expect(payload).toMatchObject({
    sub: 'ann',
    iss: 'Teaclave',
    role: 'DataOwner-bank',
    gen: 'g1',
    account: ann.subject,
  });
  const issued = test.clock.time / 1000;
  const session = String(payload?.['jti']);
  expect(session).toMatch(/^[\w-]{16}$/);
  const times = { issued, expires: issued + 3600 };
  expect(await tokens.verify(token)).toEqual({
    id: 'ann',
    subject: ann.subject,
    generation: 'g1',
    session,
    ...times,
  });
});

it('a token ends, also when it was verified before', async () => {
  const token = await tokens.issue(ann);
  expect(await tokens.verify(token)).toBeDefined();
  test.clock.time += 3600_000;
  expect(await tokens.verify(token)).toBeUndefined();
});

it('L4d: a token of a time that is to come is none, also when it was verified before', async () => {
  test.clock.step(86_400_000);
  const [seen, unseen] = [await tokens.issue(ann), await tokens.issue(ann)];
  expect(await tokens.verify(seen)).toBeDefined();
  test.clock.step(-86_400_000);
  expect([await tokens.verify(seen), await tokens.verify(unseen)]).toEqual([undefined, undefined]);
  // What keeps a clock right moves it by seconds.
  const now = await tokens.issue(ann);
  test.clock.step(-limits.tokenAhead.value * 1000);
  expect(await tokens.verify(now)).toBeDefined();
  test.clock.step(-1000);
  expect(await tokens.verify(now)).toBeUndefined();
});

it('a token holds no longer than tokens do since', async () => {
  const token = await tokens.issue(ann);
  tokens = await Tokens.open(test.store, test.clock, 600);
  test.clock.time += 599_000;
  expect(await tokens.verify(token)).toBeDefined();
  test.clock.time += 1000;
  expect(await tokens.verify(token)).toBeUndefined();
});

it('a token holds over a restart, and under the key of last month while it lives', async () => {
  const token = await tokens.issue(ann);
  await test.reopen();
  tokens = await Tokens.open(test.store, test.clock, 40 * 86_400);
  const long = await tokens.issue(ann);
  expect(await tokens.verify(token)).toMatchObject({ id: 'ann' });
  test.clock.time += 31 * 86_400_000;
  const newer = await tokens.issue({ ...ann, id: 'ben' });
  expect(read(newer.split('.')[0])['kid']).not.toBe(read(token.split('.')[0])['kid']);
  expect([await tokens.verify(long), await tokens.verify(newer), await tokens.verify(token)]).toEqual([
    expect.objectContaining({ id: 'ann' }),
    expect.objectContaining({ id: 'ben' }),
    undefined,
  ]);
});

it('a fault of the machine says nothing about a token', async () => {
  const token = await tokens.issue(ann);
  const fault = new Error('no memory');
  const importKey = vi.spyOn(crypto.subtle, 'importKey').mockRejectedValue(fault);
  onTestFinished(() => importKey.mockRestore());
  await expect(tokens.verify(token)).rejects.toBe(fault);
});

describe('a forged token is none', () => {
  const issued = Date.parse('2026-01-01T00:00:00Z') / 1000;
  const claims = {
    jti: 'session',
    iat: issued,
    sub: 'admin',
    account: subjectOf('admin'),
    iss: 'Teaclave',
    gen: 'g1',
    exp: issued + 3600,
  };
  const sign = (secret: Uint8Array, header: object, payload: object = claims) =>
    new SignJWT({ ...payload }).setProtectedHeader({ alg: 'HS512', ...header }).sign(secret);

  it.each<[string, () => Promise<string> | string]>([
    [
      'without a signature',
      async () => `${part({ alg: 'none', kid: (await signingKey()).kid })}.${part(claims)}.`,
    ],
    ['of another key', async () => sign(new Uint8Array(64), { kid: (await signingKey()).kid })],
    ['of an unknown key id', async () => sign((await signingKey()).secret, { kid: 'elsewhere' })],
    ['without a key id', async () => sign((await signingKey()).secret, {})],
    [
      'of another algorithm',
      async () => sign((await signingKey()).secret, { alg: 'HS256', kid: (await signingKey()).kid }),
    ],
    [
      'of another issuer',
      async () =>
        sign((await signingKey()).secret, { kid: (await signingKey()).kid }, { ...claims, iss: 'Evil' }),
    ],
    [
      'without an end',
      async () =>
        sign((await signingKey()).secret, { kid: (await signingKey()).kid }, { ...claims, exp: undefined }),
    ],
    ...(['iat', 'jti'] as const).map((claim): [string, () => Promise<string>] => [
      `without ${claim}`,
      async () =>
        sign(
          (await signingKey()).secret,
          { kid: (await signingKey()).kid },
          { ...claims, [claim]: undefined },
        ),
    ]),
    [
      'without a generation',
      async () =>
        sign((await signingKey()).secret, { kid: (await signingKey()).kid }, { ...claims, gen: undefined }),
    ],
    ...[undefined, 'admin'].map((account): [string, () => Promise<string>] => [
      `of the account ${account}, which is none`,
      async () =>
        sign((await signingKey()).secret, { kid: (await signingKey()).kid }, { ...claims, account }),
    ]),
    [
      'with another payload',
      async () => {
        const [header, , signature] = (await tokens.issue(ann)).split('.');
        return `${header}.${part(claims)}.${signature}`;
      },
    ],
    ['of no form at all', () => 'x'],
    ['of nothing', () => ''],
  ])('%s', async (_how, make) => {
    expect(await tokens.verify(await make())).toBeUndefined();
  });

  it('and the same claims signed right are one', async () => {
    const { kid, secret } = await signingKey();
    expect(await tokens.verify(await sign(secret, { kid }))).toMatchObject({
      id: 'admin',
      subject: subjectOf('admin'),
    });
  });

  it('however a real one is changed', async () => {
    const token = await tokens.issue(ann);
    await fc.assert(
      fc.asyncProperty(
        fc.nat(token.length - 1),
        fc.constantFrom('A', 'Q', 'g', 'w', '.', '-', '='),
        async (at, letter) => {
          fc.pre(token[at] !== letter);
          const changed = token.slice(0, at) + letter + token.slice(at + 1);
          // The last letter of base64url has bits that no byte holds.
          const same = Buffer.from(changed.split('.')[2] ?? '', 'base64url').equals(
            Buffer.from(token.split('.')[2] ?? '', 'base64url'),
          );
          if (at < token.lastIndexOf('.') || !same) expect(await tokens.verify(changed)).toBeUndefined();
        },
      ),
      { numRuns: 500 },
    );
  });
});
