import { ecKey } from '@gaiwan/attestation-kit';
import {
  AK_ATTRIBUTES,
  FAKE_NOW,
  type FakeEvent,
  type FakeTpm,
  fakeEventLog,
  fakeTpm,
  makeCertificate,
} from '@gaiwan/attestation-kit/machines';
import { describe, expect, it } from 'vitest';
import { concat, toHex, utf8Bytes } from '../bytes.ts';
import { CallCache } from '../cache.ts';
import type { Context } from '../context.ts';
import { crypto } from '../crypto/node.ts';
import { Refusal } from '../refusal.ts';
import { parseAttest } from './attest.ts';
import { parseTpmPublic } from './public.ts';
import { inspectTpmQuote, type PcrValues, type TpmQuoteEvidence, verifyTpmQuote } from './quote.ts';
import { parseTpmSignature } from './signature.ts';
import type { TpmEndorsements } from './trust.ts';

const context: Context = { at: FAKE_NOW, roots: {}, crypto, cache: new CallCache() };
const SEPARATOR = 4;
const EFI_ACTION = 0x80000007;

const sha256 = (data: Uint8Array) => crypto.digest('sha256', data);
const extend = async (value: Uint8Array, data: Uint8Array) => sha256(concat(value, await sha256(data)));
const event = (register: number, text: string, type = EFI_ACTION): FakeEvent => ({
  register,
  type,
  data: utf8Bytes(text),
});

/** Register values that events lead to. */
async function registersOf(events: readonly FakeEvent[]): Promise<Map<number, Uint8Array>> {
  const values = new Map<number, Uint8Array>();
  for (const { register, data } of events)
    values.set(register, await extend(values.get(register) ?? new Uint8Array(32), data));
  return values;
}

const hexOf = (values: ReadonlyMap<number, Uint8Array>): PcrValues => ({
  sha256: Object.fromEntries([...values].map(([index, value]) => [index, toHex(value)])),
});

/** A quote over what `events` lead to, with `log` beside it. */
async function booted(events: readonly FakeEvent[], log = events, tpm?: FakeTpm): Promise<TpmQuoteEvidence> {
  const pcrs = await registersOf(events);
  const quote = await (tpm ?? (await fakeTpm())).quote({ pcrs });
  return { ...quote, pcrs: hexOf(pcrs), eventLog: await fakeEventLog(log) };
}

async function reasonOf(step: Promise<unknown>): Promise<string> {
  try {
    await step;
  } catch (error) {
    if (error instanceof Refusal) return error.code;
    throw error;
  }
  return 'verified';
}

const judge = (evidence: TpmQuoteEvidence, endorsements: TpmEndorsements = {}) =>
  reasonOf(verifyTpmQuote(evidence, endorsements, context));

const boot = [event(0, 'version'), event(4, 'loader'), event(7, 'SecureBoot'), event(7, 'end', SEPARATOR)];

describe('a quote', () => {
  it('verifies, with the nonce and the values as data', async () => {
    const evidence = await booted(boot);
    const verified = await verifyTpmQuote(evidence, {}, context);
    expect(verified.pcrs).toEqual(evidence.pcrs);
    expect(verified).toMatchObject({ kind: 'tpm', keyTrust: 'none', weakBanks: false });
    expect(verified.eventLog).toEqual({ dataTrusted: true, repeatedSeparators: [], anomalies: [] });
    expect(await inspectTpmQuote(evidence, context)).toEqual(verified.claims);
  });

  it.each([
    ['a magic that is not the TPM’s', { magic: 0x12345678 }, 'not-a-quote'],
    ['the type of a certification', { type: 0x8017 }, 'not-a-quote'],
    ['bytes after its end', { trailing: Uint8Array.of(0) }, 'malformed'],
    ['a digest of another hash', { digestHash: 'sha384' }, 'pcr-digest-mismatch'],
  ] as const)('with %s is refused', async (_what, options, reason) => {
    const tpm = await fakeTpm();
    const pcrs = await registersOf(boot);
    expect(await judge({ ...(await tpm.quote({ pcrs, ...options })), pcrs: hexOf(pcrs) })).toBe(reason);
  });

  it.each([
    ['restricted', 16],
    ['sign', 18],
    ['fixedTPM', 1],
    ['fixedParent', 4],
    ['sensitiveDataOrigin', 5],
    ['decrypt', 17],
  ])('by a key with the other value of %s is refused', async (_name, bit) => {
    const tpm = await fakeTpm(AK_ATTRIBUTES ^ (1 << bit));
    expect(await judge(await booted(boot, boot, tpm))).toBe('policy-key');
  });

  it('of another key, without a signature, without a key is refused', async () => {
    const evidence = await booted(boot);
    const { akPublic: _ak, ...keyless } = evidence;
    const { signature: _signature, ...unsigned } = evidence;
    expect(await judge({ ...evidence, akPublic: (await fakeTpm()).publicArea })).toBe('tpm-signature');
    expect(await judge(keyless)).toBe('missing-evidence');
    expect(await judge(unsigned)).toBe('missing-evidence');
  });
});

describe('PCR values', () => {
  it('may not be cut at other places than where they end, which would keep the digest', async () => {
    const evidence = await booted(boot);
    const values = evidence.pcrs?.['sha256'] as Record<string, string>;
    const [zero, four, seven] = [values['0'], values['4'], values['7']] as [string, string, string];
    for (const cut of [
      { 0: zero + four, 4: seven, 7: '' },
      { 0: zero.slice(0, -2), 4: zero.slice(-2) + four, 7: seven },
      { 0: '', 4: zero, 7: four + seven },
    ]) {
      expect(await judge({ ...evidence, pcrs: { sha256: cut } })).toBe('malformed');
    }
  });

  it('are needed, all that are quoted, and as text', async () => {
    const evidence = await booted(boot);
    const values = evidence.pcrs?.['sha256'] as Record<string, string>;
    for (const wrong of [undefined, null, 5, {}]) {
      const pcrs = { sha256: { ...values, 4: wrong } } as unknown as PcrValues;
      expect(await judge({ ...evidence, pcrs })).toBe('pcr-digest-mismatch');
    }
    const { pcrs: _pcrs, ...without } = evidence;
    expect(await judge(without)).toBe('pcr-digest-mismatch');
    expect(await judge({ ...evidence, pcrs: { sha256: { ...values, 4: '00'.repeat(32) } } })).toBe(
      'pcr-digest-mismatch',
    );
  });

  it('that are not quoted are not handed on', async () => {
    const evidence = await booted(boot);
    const pcrs = { sha256: { ...evidence.pcrs?.['sha256'], 9: 'ab'.repeat(32) } };
    expect((await verifyTpmQuote({ ...evidence, pcrs }, {}, context)).pcrs).toEqual(evidence.pcrs);
  });
});

describe('the log of a quote', () => {
  const other = (events: FakeEvent[]) => async () => judge(await booted(boot, events));

  it.each([
    ['an event changed', other([event(0, 'versio_'), ...boot.slice(1)])],
    ['events exchanged', other([...boot.slice(0, 2), ...boot.slice(2).reverse()])],
    ['an event dropped', other(boot.slice(0, 3))],
    ['an event added', other([...boot, event(7, 'end', SEPARATOR)])],
    ['all events of a register dropped', other(boot.filter(({ register }) => register !== 4))],
    ['no event at all', other([])],
    ['an event declared to be none', other([{ ...(boot[0] as FakeEvent), type: 3 }, ...boot.slice(1)])],
  ])('with %s is refused', async (_what, step) => {
    expect(await step()).toBe('eventlog-mismatch');
  });

  it('of another bank is refused', async () => {
    const evidence = { ...(await booted(boot)), eventLog: await fakeEventLog(boot, 'sha384') };
    expect(await judge(evidence)).toBe('eventlog-mismatch');
  });

  it('tells data that their digest does not vouch for, as data', async () => {
    const forged = { ...event(7, 'SecureBoot_'), digest: await sha256(utf8Bytes('SecureBoot')) };
    const log = boot.map((entry) => (entry === boot[2] ? forged : entry));
    const { eventLog } = await verifyTpmQuote(await booted(boot, log), {}, context);
    expect(eventLog).toEqual({ dataTrusted: false, repeatedSeparators: [], anomalies: [] });
  });

  it('tells a second separator, values without events, and registers that are not quoted', async () => {
    const events = [...boot, event(7, 'end', SEPARATOR)];
    const ima = event(10, 'by the kernel');
    const { eventLog } = await verifyTpmQuote(await booted([...events, ima], events), {}, context);
    expect(eventLog?.anomalies).toEqual([
      'second separator in register 7',
      'no event leads to the value of PCR 10 (sha256)',
    ]);
    const more = [...boot, event(14, 'shim')];
    const partly = await verifyTpmQuote(await booted(boot, more), {}, context);
    expect(partly.eventLog?.anomalies).toEqual(['PCR 14 (sha256) is in the log and not in the quote']);
  });

  it('vouches for no event that was not extended into the quoted bank', async () => {
    const evidence = await booted(boot);
    const bare = Uint8Array.from([4, 0, 0, 0, 6, 0, 0, 0x80, 0, 0, 0, 0, 1, 0, 0, 0, 0x41]);
    const eventLog = concat(evidence.eventLog as Uint8Array, bare);
    const verified = await verifyTpmQuote({ ...evidence, eventLog }, {}, context);
    expect(verified.eventLog?.dataTrusted).toBe(false);
  });
});

describe('the key of a quote', () => {
  it('is trusted as the endorsements say, and only if all of them hold', async () => {
    const tpm = await fakeTpm();
    const evidence = await booted(boot, boot, tpm);
    const known = { trustedAk: tpm.key.spki };
    const activated = { activatedName: toHex(tpm.name) };
    const foreign = { trustedAk: (await ecKey('P-256')).spki };
    const trust = async (endorsements: TpmEndorsements) =>
      (await verifyTpmQuote(evidence, endorsements, context)).keyTrust;
    expect(await trust(known)).toBe('caller');
    expect(await trust({ ...known, ...activated, hierarchy: 'endorsement' })).toBe('credential');
    expect(await judge(evidence, foreign)).toBe('key-binding');
    expect(await judge(evidence, { ...activated, ...foreign })).toBe('key-binding');
    expect(await judge(evidence, { ...known, activatedName: `000b${'00'.repeat(32)}` })).toBe('key-binding');
    expect(await judge(evidence, { hierarchy: 'owner' })).toBe('key-binding');
    const { akPublic: _ak, ...bare } = evidence;
    expect(await judge({ ...bare, akKey: tpm.key.spki }, known)).toBe('verified');
    expect(await judge({ ...bare, akKey: tpm.key.spki }, activated)).toBe('missing-evidence');
    expect(await judge({ ...bare, akKey: utf8Bytes('not a key') })).toBe('malformed');
  });

  it('may have a certificate of a root of the caller’s, with an empty subject and a long issuer', async () => {
    const tpm = await fakeTpm();
    const evidence = await booted(boot, boot, tpm);
    const issuer = { subject: 'L'.repeat(100), key: await ecKey('P-256') };
    const root = await makeCertificate({ ...issuer, ca: true });
    const leaf = (subject: string, key = tpm.key, from?: number, to?: number) =>
      makeCertificate({ subject, key, issuer, ...(from && { from }), ...(to && { to }) });
    const under = (akCertificate: Uint8Array, tpmRoots = [root.der]) =>
      reasonOf(
        verifyTpmQuote(evidence, { akCertificate }, { ...context, roots: { tpm: tpmRoots } }).then(
          ({ keyTrust }) => expect(keyTrust).toBe('certificate'),
        ),
      );
    const good = (await leaf('')).der;
    expect(await under(good)).toBe('verified');
    expect(await under((await leaf('', await ecKey('P-256'))).der)).toBe('key-binding');
    expect(await under((await leaf('', tpm.key, 1, FAKE_NOW - 1000)).der)).toBe('cert-expired');
    const stranger = await makeCertificate({ ...issuer, key: await ecKey('P-256'), ca: true });
    expect(await under(good, [stranger.der])).toBe('cert-chain');
    expect(await judge(evidence, { akCertificate: good })).toBe('untrusted-root');
  });
});

describe('the parsers', () => {
  it('throw nothing but refusals, whatever the bytes', async () => {
    const tpm = await fakeTpm();
    const { attest, signature, akPublic } = await tpm.quote();
    const pieces = [
      [attest, parseAttest],
      [signature, parseTpmSignature],
      [akPublic, parseTpmPublic],
    ] as const;
    for (const [bytes, parse] of pieces) {
      const attempt = (changed: Uint8Array) => reasonOf((async () => parse(changed))());
      for (let end = 0; end < bytes.length; end++) await attempt(bytes.subarray(0, end));
      for (let at = 0; at < bytes.length; at++) {
        for (const flip of [0x01, 0x80, 0xff]) {
          const changed = Uint8Array.from(bytes);
          changed[at] = (changed[at] as number) ^ flip;
          await attempt(changed);
        }
      }
    }
    for (let end = 0; end < attest.length; end++)
      expect(await judge({ attest: attest.subarray(0, end), signature, akPublic })).toBe('malformed');
  });
});
