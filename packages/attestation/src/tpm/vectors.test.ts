import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { fromBase64, fromHex, toHex } from '../bytes.ts';
import { CallCache } from '../cache.ts';
import type { Context } from '../context.ts';
import { crypto as node } from '../crypto/node.ts';
import { crypto as web } from '../crypto/web.ts';
import { Refusal } from '../refusal.ts';
import { makeCredential, sealCredential } from './credential.ts';
import { verifyEk } from './ek.ts';
import { verifyNvCertify } from './nv.ts';
import { nameOf, parseTpmPublic } from './public.ts';
import { inspectTpmQuote, type TpmQuoteEvidence, verifyTpmQuote } from './quote.ts';
import type { TpmEndorsements } from './trust.ts';

const shared = new URL('../../../../../shared/attestation/', import.meta.url);
const vectors = new URL('vectors/', shared);
const captures = new URL('vectors-tpm/', shared);
const bytesOf = (base: URL, path: string) => new Uint8Array(readFileSync(new URL(path, base)));
const jsonOf = (base: URL, path: string) => JSON.parse(readFileSync(new URL(path, base), 'utf8'));
const NOW = Date.parse('2026-12-01T00:00:00Z');

function contextOf(crypto: Context['crypto'], at = NOW, roots: Context['roots'] = {}): Context {
  return { at, roots, crypto, cache: new CallCache() };
}

interface Entry {
  readonly id: string;
  readonly kind: string;
  readonly files: Readonly<Record<string, string>>;
  readonly collateral: Readonly<Record<string, string>>;
  readonly verifyAt: string | null;
  readonly expect: Readonly<Record<string, unknown>>;
  readonly claims?: Readonly<Record<string, unknown>>;
}

const present = existsSync(new URL('index.json', vectors));
if (!present) console.warn('SKIPPED: shared/attestation/vectors is not on this machine');
const entries: Entry[] = present
  ? jsonOf(vectors, 'index.json').vectors.filter(({ kind }: Entry) => kind === 'tpm')
  : [];

function partsOf({ files, collateral }: Entry): [TpmQuoteEvidence, TpmEndorsements] {
  const read = (path: string | undefined, name: string) => path && { [name]: bytesOf(vectors, path) };
  const evidence = {
    ...read(files['attest'], 'attest'),
    ...read(files['signature'], 'signature'),
    ...read(files['akPublic'], 'akPublic'),
    ...read(files['akPublicPem'], 'akKey'),
    ...read(files['eventLog'], 'eventLog'),
    ...(files['pcrs'] && { pcrs: jsonOf(vectors, files['pcrs']) }),
  } as unknown as TpmQuoteEvidence;
  const endorsements: TpmEndorsements = {
    ...read(collateral['akCert'], 'akCertificate'),
    ...read(collateral['akIntermediate'], 'akIssuers'),
  };
  return [evidence, endorsements];
}

async function outcomeOf(step: Promise<unknown>): Promise<string> {
  try {
    await step;
  } catch (error) {
    if (error instanceof Refusal) return error.code;
    throw error;
  }
  return 'verified';
}

describe.skipIf(!present).each([
  ['node:crypto', node],
  ['WebCrypto', web],
])('vectors of TPM quotes with %s', (_name, crypto) => {
  it('are all there', () => expect(entries).toHaveLength(16));

  it.each(entries.map((entry) => [entry.id, entry] as const))('%s', async (id, entry) => {
    const [evidence, endorsements] = partsOf(entry);
    const root = entry.collateral['akRoot'];
    const roots = root === undefined ? {} : { tpm: [bytesOf(vectors, root)] };
    const context = contextOf(crypto, entry.verifyAt === null ? NOW : Date.parse(entry.verifyAt), roots);
    if (entry.claims !== undefined)
      expect(await inspectTpmQuote(evidence, context)).toMatchObject(entry.claims);
    const { verdict, error, errorAnyOf, ifSha1Allowed } = entry.expect;
    // The nonce is compared by the appraisal.
    if (verdict === 'invalid' && error !== 'nonce-mismatch') {
      const found = await outcomeOf(verifyTpmQuote(evidence, endorsements, context));
      expect(errorAnyOf ?? [error]).toContain(found);
    } else {
      const verified = await verifyTpmQuote(evidence, endorsements, context);
      if (entry.claims !== undefined) expect(verified.claims).toEqual(entry.claims);
      expect(verified.keyTrust).toBe(root === undefined ? 'none' : 'certificate');
      expect(verified.weakBanks).toBe(id === 'tpm-gce-cos85-nonce-sha1');
      if (evidence.eventLog) expect(verified.eventLog?.dataTrusted).toBe(verdict !== 'valid-quote');
    }
    if (ifSha1Allowed !== undefined) {
      const verified = await verifyTpmQuote(evidence, endorsements, context, { allowSha1: true });
      expect(verified.claims).toEqual(entry.claims);
      expect(verified.eventLog).toEqual({ dataTrusted: true, repeatedSeparators: [], anomalies: [] });
    }
  });
});

const captured = existsSync(new URL('index.json', captures));
if (!captured) console.warn('SKIPPED: shared/attestation/vectors-tpm is not on this machine');
const suite = captured ? jsonOf(captures, 'index.json') : { vectors: [] };
const ofKind = (...kinds: string[]): string[] =>
  suite.vectors
    .filter(({ kind }: { kind: string }) => kinds.includes(kind))
    .map((v: { name: string }) => v.name);

/** What verification says; the nonce and the bank are for the appraisal. */
const refusals: Readonly<Record<string, string>> = {
  'neg-attest-bitflip': 'tpm-signature',
  'neg-pcr-value': 'pcr-digest-mismatch',
  'neg-unrestricted-key': 'policy-key',
  'neg-software-ak': 'key-binding',
};

describe.skipIf(!captured).each([
  ['node:crypto', node],
  ['WebCrypto', web],
])('captures of swtpm with %s', (_name, crypto) => {
  const context = contextOf(crypto, NOW, captured ? { tpm: [bytesOf(captures, 'ca-root.pem')] } : {});

  it('are all there', () => expect(suite.vectors).toHaveLength(17));

  it.each(ofKind('quote', 'vm-measured-boot'))('%s', async (name: string) => {
    const json = jsonOf(captures, `${name}.json`);
    const bank = json.pcrBank ?? 'sha256';
    const log = json.eventLog_base64;
    const evidence: TpmQuoteEvidence = {
      attest: fromHex(json.attest_TPMS_ATTEST),
      signature: fromHex(json.signature_TPMT_SIGNATURE),
      akPublic: fromHex(json.akPublic_TPMT_PUBLIC),
      pcrs: { [bank]: json.pcrs },
      ...(log && { eventLog: fromBase64(log) }),
    };
    const endorsements: TpmEndorsements = json.akParent ? { hierarchy: 'endorsement' } : {};
    if (refusals[name] !== undefined) {
      expect(await outcomeOf(verifyTpmQuote(evidence, endorsements, context))).toBe(refusals[name]);
      return;
    }
    const verified = await verifyTpmQuote(evidence, endorsements, context);
    const fresh = toHex(verified.attest.extraData) === (json.nonce ?? json.expectedQualifyingData);
    expect(fresh).toBe(name !== 'neg-nonce');
    expect(verified.weakBanks).toBe(name === 'neg-sha1-bank');
    expect(Object.keys(verified.pcrs[bank] ?? {}).map(Number)).toEqual(json.pcrSelection);
    if (log) expect(verified.eventLog).toEqual({ dataTrusted: true, repeatedSeparators: [], anomalies: [] });
    for (const [pcr, value] of Object.entries(json.expected ?? {}))
      expect(verified.pcrs[bank]?.[Number(pcr.replace('pcr', ''))]).toBe(value);
    if (json.akName) {
      const activated = { ...endorsements, activatedName: json.akName };
      expect((await verifyTpmQuote(evidence, activated, context)).keyTrust).toBe('credential');
    }
  });

  it.each(ofKind('ek'))('%s', async (name: string) => {
    const json = jsonOf(captures, `${name}.json`);
    const issuers = bytesOf(captures, 'ca-issuer.pem');
    const [rsa, ecc] = ['Rsa', 'Ecc'].map((kind) => ({
      certificate: fromBase64(json[`ek${kind}Cert_DER_base64`]),
      publicArea: fromHex(json[`ek${kind}Public_TPMT_PUBLIC`]),
      wanted: json[`ek${kind}Name`],
    })) as [Ek, Ek];
    for (const { certificate, publicArea, wanted } of [rsa, ecc]) {
      const { ek } = await verifyEk(certificate, publicArea, issuers, context);
      if (wanted) expect(toHex(await nameOf(ek.nameAlg, ek.bytes, crypto))).toBe(wanted);
    }
    const mixed = verifyEk(rsa.certificate, ecc.publicArea, issuers, context);
    expect(await outcomeOf(mixed)).toBe('key-binding');
    const rootless = verifyEk(rsa.certificate, rsa.publicArea, issuers, contextOf(crypto));
    expect(await outcomeOf(rootless)).toBe('untrusted-root');
    const gap = verifyEk(rsa.certificate, rsa.publicArea, undefined, context);
    expect(['cert-chain', 'untrusted-root']).toContain(await outcomeOf(gap));
  });

  it.each(ofKind('makecredential'))('%s', async (name: string) => {
    const json = jsonOf(captures, `${name}.json`);
    const { seed, integrityHMAC, encIdentity } = json.deterministic;
    const ek = parseTpmPublic(fromHex(json.ekPublic_TPMT_PUBLIC));
    const secret = fromHex(json.secret);
    const blob = await sealCredential(ek, fromHex(json.akName), secret, fromHex(seed));
    expect(toHex(blob)).toBe(`0020${integrityHMAC}${encIdentity}`);
    const challenge = await makeCredential(ek, fromHex(json.akName), secret);
    expect(challenge.credentialBlob).toHaveLength(json.credentialBlob_inner_TPM2B_ID_OBJECT.length / 2);
    expect(challenge.encryptedSecret).toHaveLength(json.encryptedSecret.length / 2);
  });

  it.each(ofKind('nvcertify'))('%s', async (name: string) => {
    const json = jsonOf(captures, `${name}.json`);
    const evidenceOf = (step: Readonly<Record<string, string>>) => ({
      attest: fromHex(step['attest_TPMS_ATTEST'] as string),
      signature: fromHex(step['signature_TPMT_SIGNATURE'] as string),
      akPublic: fromHex(json.akPublic_TPMT_PUBLIC),
      nvPublic: fromHex(json.nvPublic_TPMS_NV_PUBLIC),
    });
    for (const step of json.sequence) {
      const found = await verifyNvCertify(evidenceOf(step), context, { activatedName: json.akName });
      expect(found).toMatchObject({ name: json.nvName, akName: json.akName, nonce: step.nonce });
      expect(found.counter).toBe(BigInt(step.value));
      expect(found.keyTrust).toBe('credential');
    }
    const [first, second] = json.sequence;
    const whole = evidenceOf(first);
    const outcome = (change: object, endorsements = {}) =>
      outcomeOf(verifyNvCertify({ ...whole, ...change }, context, endorsements));
    expect(await verifyNvCertify(whole, context)).toMatchObject({ keyTrust: 'none' });
    expect(await outcome({ signature: evidenceOf(second).signature })).toBe('tpm-signature');
    // Another index with the same content: its name differs.
    expect(await outcome({ nvPublic: fromHex('01500011000b2206001600000008') })).toBe('key-binding');
    expect(await outcome({}, { activatedName: `000b${'00'.repeat(32)}` })).toBe('key-binding');
    const quoteJson = jsonOf(captures, 'quote-ecc-p256.json');
    expect(await outcome({ attest: fromHex(quoteJson.attest_TPMS_ATTEST) })).toBe('not-a-quote');
  });
});

interface Ek {
  readonly certificate: Uint8Array;
  readonly publicArea: Uint8Array;
  readonly wanted: string | undefined;
}
