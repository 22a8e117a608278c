import { existsSync, readFileSync } from 'node:fs';
import { rsaKey } from '@gaiwan/attestation-kit';
import { fakeTpm } from '@gaiwan/attestation-kit/machines';
import { describe, expect, it } from 'vitest';
import { hcl } from '../../test/hcl.ts';
import { concat, toHex, utf8Bytes } from '../bytes.ts';
import { CallCache } from '../cache.ts';
import type { Context } from '../context.ts';
import { crypto } from '../crypto/node.ts';
import { parseQuote } from '../dcap/quote.ts';
import { Refusal } from '../refusal.ts';
import { parseHclReport } from './hcl.ts';
import { type AzureEvidence, type Hardware, verifyAzure } from './verify.ts';

const context: Context = { at: 0, roots: {}, crypto, cache: new CallCache() };
const vectors = new URL('../../../../../shared/attestation/vectors/', import.meta.url);

/** A vTPM with an RSA key, its runtime claims, and a quote without framing. */
async function machine() {
  const [key, tpm] = await Promise.all([rsaKey('pkcs1'), fakeTpm()]);
  const { attest } = await tpm.quote({ pcrs: new Map([[0, new Uint8Array(32).fill(5)]]) });
  const modulus = key.spki.subarray(-261, -5);
  const jwk = { kid: 'HCLAkPub', kty: 'RSA', e: 'AQAB', n: Buffer.from(modulus).toString('base64url') };
  const runtime = utf8Bytes(JSON.stringify({ keys: [jwk], 'vm-configuration': { x: 1 }, 'user-data': '00' }));
  const rawSignature = await key.sign(attest);
  const evidence = { attest, rawSignature, pcrs: { sha256: { 0: '05'.repeat(32) } } };
  return { runtime, evidence, key };
}

/** Hardware that vouches for these report data. */
function hardware(reportData: string, body: Record<string, unknown> = {}) {
  return async (kind: 'snp' | 'tdx'): Promise<Hardware<{ kind: string; simulated: boolean }>> => ({
    verified: { kind, simulated: false },
    reportData,
    body,
    claims: { measurement: 'aa' },
  });
}

const bound = async (runtime: Uint8Array) => toHex(await crypto.digest('sha256', runtime)).padEnd(128, '0');

async function reasonOf(step: Promise<unknown>): Promise<string> {
  try {
    await step;
  } catch (error) {
    if (error instanceof Refusal) return error.code;
    throw error;
  }
  return 'verified';
}

describe('a composite of Azure', () => {
  it('verifies, and the key is vouched for by the hardware', async () => {
    const { runtime, evidence } = await machine();
    const data = await bound(runtime);
    const verified = await verifyAzure({ ...evidence, hclReport: hcl(runtime) }, context, hardware(data));
    expect(verified).toMatchObject({
      kind: 'azure-vtpm',
      hardware: { kind: 'snp' },
      tpm: { keyTrust: 'hardware' },
    });
    expect(verified.claims).toMatchObject({
      hardware: 'snp',
      reportData: data,
      vmConfiguration: { x: 1 },
      userData: '00',
      measurement: 'aa',
    });
  });

  it.each([true, false])('is simulated where its hardware is: %s', async (simulated) => {
    const { runtime, evidence } = await machine();
    const real = hardware(await bound(runtime));
    const verified = await verifyAzure({ ...evidence, hclReport: hcl(runtime) }, context, async (kind) => ({
      ...(await real(kind)),
      verified: { kind, simulated },
    }));
    expect(verified.simulated).toBe(simulated);
  });

  it('is refused where a link of the chain is another', async () => {
    const { runtime, evidence } = await machine();
    const other = await machine();
    const data = await bound(runtime);
    const judge = (parts: Partial<AzureEvidence>, reportData = data) =>
      reasonOf(
        verifyAzure({ ...evidence, hclReport: hcl(runtime), ...parts }, context, hardware(reportData)),
      );
    expect(await judge({})).toBe('verified');
    expect(await judge({ hclReport: hcl(other.runtime) })).toBe('runtime-data-binding');
    // The second half of the report data counts too.
    expect(await judge({}, `${data.slice(0, 126)}01`)).toBe('runtime-data-binding');
    expect(await judge({}, data.slice(0, 64))).toBe('runtime-data-binding');
    expect(await judge({ rawSignature: other.evidence.rawSignature })).toBe('tpm-signature');
    expect(await judge({ pcrs: { sha256: { 0: '06'.repeat(32) } } })).toBe('pcr-digest-mismatch');
    const { rawSignature: _raw, ...unsigned } = evidence;
    const bare = verifyAzure({ ...unsigned, hclReport: hcl(runtime) }, context, hardware(data));
    expect(await reasonOf(bare)).toBe('missing-evidence');
  });

  it.each([
    ['no keys', {}, 'runtime-data-binding'],
    ['keys that are no list', { keys: { kid: 'HCLAkPub' } }, 'runtime-data-binding'],
    ['keys that are null', { keys: [null, 1] }, 'runtime-data-binding'],
    ['another key only', { keys: [{ kid: 'HCLEkPub', kty: 'RSA' }] }, 'runtime-data-binding'],
    ['a symmetric key', { keys: [{ kid: 'HCLAkPub', kty: 'oct', k: 'AA' }] }, 'unsupported-key-type'],
  ])('is refused with %s in the runtime claims', async (_what, claims, reason) => {
    const { evidence } = await machine();
    const runtime = utf8Bytes(JSON.stringify(claims));
    const step = verifyAzure(
      { ...evidence, hclReport: hcl(runtime) },
      context,
      hardware(await bound(runtime)),
    );
    expect(await reasonOf(step)).toBe(reason);
  });

  it('of TDX needs a quote of the very TD', async () => {
    const { runtime, evidence } = await machine();
    const report = new Uint8Array(1184).map((_, index) => index % 251);
    const slice = (at: number, size: number) => toHex(report.subarray(at, at + size));
    const data = await bound(runtime);
    report.set(Buffer.from(data, 'hex'), 128);
    const body: Record<string, string> = {
      reportData: data,
      teeTcbSvn: slice(264, 16),
      mrSeam: slice(280, 48),
      mrSignerSeam: slice(328, 48),
      seamAttributes: slice(376, 8),
      tdAttributes: slice(512, 8),
      xfam: slice(520, 8),
      mrTd: slice(528, 48),
      mrConfigId: slice(576, 48),
      mrOwner: slice(624, 48),
      mrOwnerConfig: slice(672, 48),
      rtmr0: slice(720, 48),
      rtmr1: slice(768, 48),
      rtmr2: slice(816, 48),
      rtmr3: slice(864, 48),
    };
    const whole = {
      ...evidence,
      hclReport: hcl(runtime, { type: 4, report }),
      tdQuote: Uint8Array.of(1),
    };
    const judge = (found: Record<string, string>) =>
      reasonOf(verifyAzure(whole, context, hardware(data, found)));
    expect(await judge(body)).toBe('verified');
    for (const field of Object.keys(body))
      expect(await judge({ ...body, [field]: '00' })).toBe('runtime-data-binding');
    const { tdQuote: _quote, ...without } = whole;
    expect(await reasonOf(verifyAzure(without, context, hardware(data, body)))).toBe('missing-evidence');
  });
});

describe('an HCL report', () => {
  const claims = utf8Bytes('{"keys":[]}');

  it.each([
    ['of unknown hardware', hcl(claims, { type: 3 }), 'unsupported-version'],
    ['with another hash', hcl(claims, { hashType: 2 }), 'unsupported-algorithm'],
    ['with claims longer than itself', hcl(claims, { length: 0xffffffff }), 'malformed'],
    ['with claims cut off', hcl(claims, { length: 5 }), 'malformed'],
    ['with claims that are a list', hcl(utf8Bytes('[1]')), 'malformed'],
    ['with claims that are no text', hcl(Uint8Array.of(0xff, 0xfe)), 'malformed'],
    ['with another beginning', concat(utf8Bytes('HCLB'), hcl(claims).subarray(4)), 'malformed'],
    ['that is too long', new Uint8Array(64 * 1024), 'malformed'],
  ])('%s is refused', async (_what, bytes, reason) => {
    expect(await reasonOf((async () => parseHclReport(bytes))())).toBe(reason);
  });

  it('cut off anywhere is refused', async () => {
    const bytes = hcl(claims);
    for (let end = 0; end < bytes.length - 100; end++)
      expect(await reasonOf((async () => parseHclReport(bytes.subarray(0, end)))())).toBe('malformed');
  });
});

interface Entry {
  readonly id: string;
  readonly kind: string;
  readonly files: Readonly<Record<string, string>>;
  readonly expect: Readonly<Record<string, unknown>>;
  readonly claims?: Readonly<Record<string, unknown>>;
}

const present = existsSync(new URL('index.json', vectors));
if (!present) console.warn('SKIPPED: shared/attestation/vectors is not on this machine');
const entries: Entry[] = present
  ? JSON.parse(readFileSync(new URL('index.json', vectors), 'utf8')).vectors.filter(
      ({ kind }: Entry) => kind === 'azure-vtpm',
    )
  : [];

/** Reads the hardware's evidence and believes it: its verification has tests of its own. */
async function believe(kind: 'snp' | 'tdx', bytes: Uint8Array): Promise<Hardware<{ simulated: boolean }>> {
  if (kind === 'snp')
    return {
      verified: { simulated: false },
      reportData: toHex(bytes.subarray(0x50, 0x90)),
      body: {},
      claims: {},
    };
  const { body } = parseQuote(bytes);
  return { verified: { simulated: false }, reportData: body.reportData, body: { ...body }, claims: {} };
}

describe.skipIf(!present)('vectors of Azure', () => {
  const file = (path: string) => new Uint8Array(readFileSync(new URL(path, vectors)));

  it('are all there', () => expect(entries).toHaveLength(4));

  it.each(entries.map((entry) => [entry.id, entry] as const))('%s', async (_id, entry) => {
    const { files } = entry;
    const evidence: AzureEvidence = {
      hclReport: file(files['hclReport'] as string),
      attest: file(files['attest'] as string),
      rawSignature: file(files['signatureRaw'] as string),
      pcrs: JSON.parse(readFileSync(new URL(files['pcrs'] as string, vectors), 'utf8')),
      ...(files['tdQuote'] && { tdQuote: file(files['tdQuote']) }),
    };
    const judged = verifyAzure(evidence, context, believe);
    if (entry.expect['verdict'] === 'invalid') {
      await expect(judged).rejects.toMatchObject({ code: entry.expect['error'] });
      return;
    }
    const { measurement: _m, vmpl: _v, mrTd: _t, fmspc: _f, ...claims } = entry.claims ?? {};
    expect((await judged).claims).toEqual(claims);
  });
});
