import {
  appraise,
  type Endorsements,
  type Evidence,
  RATLS_MEDIA_TYPE,
  TAGGED_EVIDENCE,
  TEACLAVE_REPORT,
  verify,
} from '@gaiwan/attestation';
import { toHex } from '@gaiwan/attestation/bytes';
import { encodeCbor } from '@gaiwan/attestation/cbor';
import { describe, expect, it } from 'vitest';
import { digest } from '../digest.ts';
import {
  ecKey,
  FAKE_NOW,
  fakeAmd,
  fakeArm,
  fakeAws,
  fakeIntel,
  fakeTpm,
  makeCertificate,
} from '../machines/index.ts';
import { bindKey, taggedEvidence } from './bind.ts';

type Made = { evidence: Evidence; endorsements: Endorsements; roots: Record<string, Uint8Array[]> };

/** A machine of each kind that makes evidence over report data. */
const machines: Record<string, (reportData: Uint8Array) => Promise<Made>> = {
  async tdx(reportData) {
    const intel = await fakeIntel();
    const quote = await intel.quote({ reportData: toHex(reportData) });
    return {
      evidence: { kind: 'dcap', quote },
      endorsements: await intel.endorsements('tdx'),
      roots: { intel: [intel.root.der] },
    };
  },
  async snp(reportData) {
    const amd = await fakeAmd();
    return {
      evidence: { kind: 'snp', report: await amd.report({ reportData: toHex(reportData) }) },
      endorsements: await amd.endorsements(),
      roots: { amd: [amd.ark.der] },
    };
  },
  async nitro(reportData) {
    const aws = await fakeAws();
    return {
      evidence: { kind: 'nitro', document: await aws.document({ fields: { nonce: reportData } }) },
      endorsements: {},
      roots: { aws: [aws.root.der] },
    };
  },
  async cca(reportData) {
    const arm = await fakeArm();
    return {
      evidence: { kind: 'cca', token: await arm.cca({ challenge: reportData }) },
      endorsements: { publicKey: arm.platformKey.spki },
      roots: {},
    };
  },
  async tpm(reportData) {
    const tpm = await fakeTpm();
    const value = await digest('sha256', Uint8Array.of(1));
    const quote = await tpm.quote({ nonce: await digest('sha256', reportData), pcrs: new Map([[4, value]]) });
    return {
      evidence: { kind: 'tpm', ...quote, pcrs: { sha256: { 4: toHex(value) } } },
      endorsements: { trustedAk: tpm.key.spki },
      roots: {},
    };
  },
};

describe.each(Object.keys(machines))('a certificate with evidence of %s', (kind) => {
  const machine = machines[kind] as (typeof machines)[string];
  const certificate = async (spkiOfEvidence?: Uint8Array, more: Record<string, Uint8Array> = {}) => {
    const key = await ecKey('P-256');
    const binding = await bindKey(spkiOfEvidence ?? key.spki, { nonce: Uint8Array.of(1, 2, 3) });
    const made = await machine(binding.reportData);
    const extensions = { [TAGGED_EVIDENCE]: taggedEvidence(made.evidence, binding.claimsBuffer), ...more };
    const { der } = await makeCertificate({ subject: 'service', key, extensions });
    return { der, ...made };
  };

  it('vouches for its key, with the nonce', async () => {
    const { der, endorsements, roots } = await certificate();
    const verified = await verify({ kind: 'ra-tls', certificate: der }, endorsements, {
      at: FAKE_NOW,
      roots,
    });
    if (verified.verdict === 'refused') throw new Error(`${verified.reason}: ${verified.message}`);
    expect(verified).toMatchObject({ kind: 'ra-tls', nonce: '010203' });
    const tcb = { statuses: ['UpToDate'] as const, advisories: true as const };
    expect(appraise(verified, { anyMeasurement: true, nonce: '010203', tcb })).toEqual({
      verdict: 'accepted',
    });
    expect(appraise(verified, { anyMeasurement: true, nonce: '0102', tcb })).toMatchObject({
      reason: 'nonce-mismatch',
    });
  });

  it('does not vouch for another key', async () => {
    const other = await ecKey('P-256');
    const { der, endorsements, roots } = await certificate(other.spki);
    const verified = await verify({ kind: 'ra-tls', certificate: der }, endorsements, {
      at: FAKE_NOW,
      roots,
    });
    expect(verified).toMatchObject({ verdict: 'refused', reason: 'key-binding' });
  });

  it("is believed for its evidence, whatever Teaclave's JSON beside it says", async () => {
    const json = new TextEncoder().encode('{"report":[],"signature":[],"certs":[]}');
    const { der, endorsements, roots } = await certificate(undefined, { [TEACLAVE_REPORT]: json });
    const verified = await verify({ kind: 'ra-tls', certificate: der }, endorsements, {
      at: FAKE_NOW,
      roots,
    });
    expect(verified.verdict).toBe('verified');
  });
});

describe('wrapped evidence', () => {
  const judged = async (value: Uint8Array) => {
    const { der } = await makeCertificate({
      subject: 'service',
      key: await ecKey('P-256'),
      extensions: { [TAGGED_EVIDENCE]: value },
    });
    return verify({ kind: 'ra-tls', certificate: der }, {}, { at: FAKE_NOW });
  };
  it('of another media type, or of a kind that vouches for no key, is refused', async () => {
    expect(await judged(encodeCbor(['application/eat+cwt', new Uint8Array(1)]))).toMatchObject({
      reason: 'unsupported-version',
    });
    const { claimsBuffer } = await bindKey(new Uint8Array(1));
    const token = new TextEncoder().encode('e30.e30.');
    const nested = encodeCbor([RATLS_MEDIA_TYPE, encodeCbor([token, claimsBuffer])]);
    expect(await judged(nested)).toMatchObject({ verdict: 'refused' });
    expect(await judged(encodeCbor([RATLS_MEDIA_TYPE]))).toMatchObject({ reason: 'malformed' });
  });
});
