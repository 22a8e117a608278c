import { create, toBinary } from '@bufbuild/protobuf';
import { frontend, gaiwan, type Statement } from '@gaiwan/protocol';
import * as fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Caller } from '../ports.ts';
import { freshNonce, headersOf, statementOf, TestKey } from '../testing/keys.ts';
import { subjectOf } from '../testing/subjects.ts';
import { KeySignatures } from './key-signatures.ts';

const START = Date.parse('2026-01-01T00:00:00Z');
const clock = { time: START, now: () => clock.time };
const instance = 'ab'.repeat(32);
const refused = (code: string) => expect.objectContaining({ code });
const bankSubject = subjectOf('bank');
let signatures: KeySignatures;
let key: TestKey;
let bank: Caller;
beforeEach(() => {
  clock.time = START;
  signatures = new KeySignatures({ clock, instance });
  clock.time += 1000;
  key = new TestKey();
  bank = {
    id: 'bank',
    subject: bankSubject,
    role: { name: 'DataOwner', attribute: 'banks' },
    address: '::1',
    key: key.account,
  };
});

const where = () => ({ instance, subject: bankSubject, time: clock.time });
const schema = frontend.InvokeTaskRequestSchema;
const request = create(schema, { taskId: 'task-1' });
const statement = () => statementOf('InvokeTask', schema, request, where());
const verify = (
  text: string,
  change: { action?: string; request?: typeof request; caller?: Caller } = {},
) => {
  const sent = change.request ?? request;
  return signatures.verify({
    caller: change.caller ?? bank,
    action: change.action ?? 'InvokeTask',
    request: sent,
    bytes: () => toBinary(schema, sent),
    header: headersOf('bank', text),
  });
};

describe('an account without a key', () => {
  it('is asked for nothing, and what it sends is not looked at', () => {
    const { key: _, ...caller } = bank;
    expect(verify('', { caller })).toEqual({ by: 'password' });
    expect(verify('nonsense', { caller })).toEqual({ by: 'password' });
  });

  it('cannot call a method about which nobody has decided', () => {
    const { key: _, ...caller } = bank;
    expect(() => verify('', { caller, action: 'NewMethod' })).toThrow(/nobody has said/);
    expect(() => verify('', { caller, action: 'constructor' })).toThrow(/nobody has said/);
  });
});

describe.each(['Ed25519', 'ES256'] as const)('an account with a key of %s', (algorithm) => {
  beforeEach(() => {
    key = new TestKey(algorithm);
    bank = { ...bank, key: key.account };
  });

  it('acts with its signature, once', () => {
    const said = statement();
    const text = key.text(said);
    const proof = verify(text);
    const { nonce, time } = said;
    expect(proof).toMatchObject({
      by: 'key',
      signature: { publicKey: key.account.publicKey, instance, nonce, time },
    });
    expect(() => verify(text)).toThrow(refused('statement-repeated'));
    expect(verify(key.text(statement()))).toMatchObject({ by: 'key' });
  });

  it('does not act with its session alone', () => {
    expect(() => verify('')).toThrow(refused('signature-missing'));
  });

  it('approves no manifest that nobody names', () => {
    expect(() => verify(key.text(statement()), { action: 'ApproveTask' })).toThrow(
      refused('approval-without-digest'),
    );
  });

  it.each<[string, Partial<Statement>]>([
    ['instance', { instance: 'cd'.repeat(32) }],
    ['subject', { subject: 'other' }],
    ['action', { action: 'CancelTask' }],
    ['object', { object: 'task-2' }],
    ['digest', { digest: '00'.repeat(32) }],
  ])('is refused where its statement has another %s', (_what, change) => {
    expect(() => verify(key.text({ ...statement(), ...change }))).toThrow(refused('signature-wrong'));
  });

  it('is refused where nonce or time are not the signed ones', () => {
    const said = statement();
    const [time, nonce, signature] = key.text(said).split('.');
    expect(() => verify([time, freshNonce(), signature].join('.'))).toThrow(refused('signature-wrong'));
    expect(() => verify([Number(time) - 1, nonce, signature].join('.'))).toThrow(refused('signature-wrong'));
    // Nobody but the key's holder uses up a nonce.
    expect(verify([time, nonce, signature].join('.'))).toMatchObject({ by: 'key' });
  });

  it('is refused for another request, and with another key', () => {
    const other = create(schema, { taskId: 'task-2' });
    expect(() => verify(key.text(statement()), { request: other })).toThrow(refused('signature-wrong'));
    expect(() => verify(new TestKey(algorithm).text(statement()))).toThrow(refused('signature-wrong'));
  });

  it('is told the time where its clock is wrong', () => {
    expect(() => verify(key.text({ ...statement(), time: clock.time + 1 }))).toThrow(
      expect.objectContaining({ code: 'statement-out-of-time', platformTime: clock.time }),
    );
  });

  it('is refused, and nothing else happens, for any text that is not a signature', () => {
    const good = key.text(statement());
    // As `unit: 'binary'`, which takes seconds to list them all.
    const character = fc
      .nat(0x10f7ff)
      .map((point) => String.fromCodePoint(point < 0xd800 ? point : point + 0x800));
    const altered = fc
      .tuple(fc.nat(good.length - 1), fc.string({ unit: character, minLength: 1, maxLength: 2 }))
      .map(([at, junk]) => good.slice(0, at) + junk + good.slice(at + 1))
      .filter((text) => text !== good);
    fc.assert(
      fc.property(fc.oneof(altered, fc.string({ unit: character, minLength: 1, maxLength: 400 })), (text) => {
        expect(() => verify(text)).toThrow(
          expect.objectContaining({
            code: expect.stringMatching(/^(signature-(malformed|wrong)|statement-out-of-time)$/),
          }),
        );
      }),
    );
    expect(verify(good)).toMatchObject({ by: 'key' });
  });
});

describe('an approval', () => {
  const approval = gaiwan.ApproveManifestRequestSchema;
  const digest = new Uint8Array(32).fill(7);
  const approve = (text: string, sent = create(approval, { taskId: 'task-1', digest })) =>
    signatures.verify({
      caller: bank,
      action: 'ApproveManifest',
      request: sent,
      bytes: () => toBinary(approval, sent),
      header: headersOf('bank', text),
    });

  it('is over the digest of the manifest', () => {
    const sent = create(approval, { taskId: 'task-1', digest });
    const said = statementOf('ApproveManifest', approval, sent, where());
    expect(said).toMatchObject({ object: 'task-1', digest: '07'.repeat(32) });
    const other = create(approval, { taskId: 'task-1', digest: new Uint8Array(32) });
    expect(() => approve(key.text(said), other)).toThrow(refused('signature-wrong'));
    expect(approve(key.text(said), sent)).toMatchObject({ by: 'key' });
  });

  it('of something that is no digest is signed by nobody', () => {
    const text = key.text({
      ...where(),
      action: 'ApproveManifest',
      object: 'task-1',
      digest: '07'.repeat(32),
      nonce: freshNonce(),
    });
    expect(() => approve(text, create(approval, { taskId: 'task-1', digest: digest.subarray(1) }))).toThrow(
      refused('signature-wrong'),
    );
  });
});

describe('the possession of a key', () => {
  it('is proven for one subject and one instance, once', () => {
    const offer = new TestKey().offer(where());
    expect(() => signatures.requirePossession('other', offer)).toThrow(refused('key-not-proven'));
    const elsewhere = new KeySignatures({ clock: { now: () => 0 }, instance: 'cd'.repeat(32) });
    expect(() => elsewhere.requirePossession(bankSubject, offer)).toThrow(refused('statement-out-of-time'));
    expect(signatures.requirePossession(bankSubject, offer)).toMatchObject({
      publicKey: offer.publicKey,
      since: clock.time,
    });
    expect(() => signatures.requirePossession(bankSubject, offer)).toThrow(refused('statement-repeated'));
  });

  it('is not proven by another key, or by a signature of something else', () => {
    const offer = new TestKey().offer(where());
    const { publicKey } = new TestKey().account;
    expect(() => signatures.requirePossession(bankSubject, { ...offer, publicKey })).toThrow(
      refused('key-not-proven'),
    );
    expect(() =>
      signatures.requirePossession(bankSubject, {
        publicKey: key.account.publicKey,
        proof: key.text(statement()),
      }),
    ).toThrow(refused('key-not-proven'));
  });

  it('is of a key of a kind that is taken', () => {
    const offer = new TestKey().offer(where());
    for (const publicKey of [new Uint8Array(), offer.publicKey.subarray(1), new Uint8Array(1_000_000)])
      expect(() => signatures.requirePossession(bankSubject, { ...offer, publicKey })).toThrow(
        refused('bad-public-key'),
      );
    expect(() => signatures.requirePossession(bankSubject, { ...offer, proof: '' })).toThrow(
      refused('signature-malformed'),
    );
  });
});
