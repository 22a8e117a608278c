import { bindKey, issueCertificate, issueEar, taggedEvidence } from '@gaiwan/attestation-kit';
import {
  digest,
  ecKey,
  FAKE_FROM,
  FAKE_NOW,
  FAKE_TO,
  fakeAmd,
  fakeArm,
  fakeAws,
  fakeIntel,
  fakeTpm,
  makeCertificate,
  makeRoot,
  pem,
} from '@gaiwan/attestation-kit/machines';
import { describe, expect, it } from 'vitest';
import { genuine, judge } from '../../test/verdicts.ts';
import { toHex } from '../bytes.ts';
import type { Roots } from '../context.ts';
import type { Endorsements, Evidence } from '../evidence.ts';
import { TAGGED_EVIDENCE } from '../ratls/extract.ts';
import { SIMULATED_ROOT } from '../x509/simulated.ts';

type Made = readonly [Evidence, Endorsements, Roots];
const PCR = new Uint8Array(32).fill(7);

/** Root certificates as the kit makes them, or without their mark, as a vendor's are. */
const root = (marked: boolean) => (marked ? {} : { unmarked: true });

async function intel(tee: 'sgx' | 'tdx', marked: boolean, reportData?: string): Promise<Made> {
  const machine = await fakeIntel({ root: root(marked) });
  return [
    { kind: 'dcap', quote: await machine.quote({ tee, ...(reportData && { reportData }) }) },
    await machine.endorsements(tee),
    { intel: [machine.root.der] },
  ];
}

const kinds: Record<string, (marked: boolean) => Promise<Made>> = {
  sgx: (marked) => intel('sgx', marked),
  tdx: (marked) => intel('tdx', marked),
  async snp(marked) {
    const chip = await fakeAmd({ ark: root(marked) });
    return [{ kind: 'snp', report: await chip.report() }, await chip.endorsements(), { amd: [chip.ark.der] }];
  },
  async nitro(marked) {
    const aws = await fakeAws({ root: root(marked) });
    return [{ kind: 'nitro', document: await aws.document() }, {}, { aws: [aws.root.der] }];
  },
  async 'tpm with a certified key'(marked) {
    const tpm = await fakeTpm();
    const key = await ecKey('P-256');
    const ca = await makeRoot({ subject: 'TPM CA', key, ...root(marked) });
    const ak = await makeCertificate({ subject: 'AK', key: tpm.key, issuer: ca });
    return [
      {
        kind: 'tpm',
        ...(await tpm.quote({ pcrs: new Map([[4, PCR]]) })),
        pcrs: { sha256: { 4: toHex(PCR) } },
      },
      { akCertificate: ak.der },
      { tpm: [ca.der] },
    ];
  },
  async 'a session with evidence in its certificate'(marked) {
    const key = await ecKey('P-256');
    const { claimsBuffer, reportData } = await bindKey(key.spki);
    const [evidence, endorsements, roots] = await intel('tdx', marked, toHex(reportData));
    const { der } = await issueCertificate({
      subject: 'session',
      key,
      from: FAKE_FROM,
      to: FAKE_TO,
      serial: '01',
      extensions: { [TAGGED_EVIDENCE]: taggedEvidence(evidence, claimsBuffer) },
    });
    return [{ kind: 'ra-tls', certificate: der }, endorsements, roots];
  },
};

describe.each(Object.keys(kinds))('the root of %s', (kind) => {
  it.each([true, false])('says whether its machines are simulated: %s', async (marked) => {
    const verified = await genuine(...(await (kinds[kind] as (typeof kinds)[string])(marked)));
    expect(verified.simulated).toBe(marked);
  });
});

describe('a simulated root', () => {
  it('stays one when who has its key issues it anew without the mark', async () => {
    const machine = await fakeIntel();
    const clean = await makeCertificate({
      subject: 'Intel SGX Root CA',
      key: machine.root.key,
      ca: true,
      keyUsage: 0x06,
    });
    const quote = await machine.quote({
      certificationData: pem(machine.pck.der, machine.pckCa.der, clean.der),
    });
    const given = {
      ...(await machine.endorsements('tdx')),
      tcbSigningChain: pem(machine.tcbSigner.der, clean.der),
    };
    const verified = await genuine({ kind: 'dcap', quote }, given, { intel: [machine.root.der] });
    expect(verified.simulated).toBe(true);
  });

  it('marks evidence whose chain has the mark, although the trusted certificate of the key has none', async () => {
    const machine = await fakeIntel();
    const clean = await makeCertificate({ subject: 'Intel SGX Root CA', key: machine.root.key, ca: true });
    const [evidence, given] = [await machine.quote(), await machine.endorsements('tdx')];
    const verified = await genuine({ kind: 'dcap', quote: evidence }, given, { intel: [clean.der] });
    expect(verified.simulated).toBe(true);
  });

  it('cannot vouch for the machine of a vendor', async () => {
    const vendor = await fakeIntel({ root: root(false) });
    const simulation = await fakeIntel();
    const { tcbInfo, qeIdentity, tcbSigningChain, rootCrl } = await simulation.endorsements('tdx');
    const own = await vendor.endorsements('tdx');
    const roots = { intel: [vendor.root.der, simulation.root.der] };
    const quote = { kind: 'dcap', quote: await vendor.quote() } as const;
    expect((await genuine(quote, own, roots)).simulated).toBe(false);
    const mixed = { tcbInfo, qeIdentity, tcbSigningChain, pckCrl: own.pckCrl };
    // Each root has a revocation list of its own, and verification takes one list for all chains.
    for (const list of [rootCrl, own.rootCrl])
      expect(await judge(quote, { ...mixed, rootCrl: list }, roots)).toBe('crl-signature');
  });

  it('is marked by the presence of the extension, whatever is in it', async () => {
    const machine = await fakeIntel({ root: { extensions: { [SIMULATED_ROOT]: Uint8Array.of(1, 1, 0) } } });
    const verified = await genuine(
      { kind: 'dcap', quote: await machine.quote() },
      await machine.endorsements('tdx'),
      { intel: [machine.root.der] },
    );
    expect(verified.simulated).toBe(true);
  });
});

describe('evidence without a root', () => {
  it('is not simulated: a CCA token, a TPM key of the caller, an attestation result', async () => {
    const arm = await fakeArm();
    const cca = { kind: 'cca', token: await arm.cca() } as const;
    expect((await genuine(cca, { publicKey: arm.platformKey.spki }, {})).simulated).toBe(false);
    const tpm = await fakeTpm();
    const value = await digest('sha256', PCR);
    const quote = await tpm.quote({ pcrs: new Map([[4, value]]) });
    const evidence = { kind: 'tpm', ...quote, pcrs: { sha256: { 4: toHex(value) } } } as const;
    expect((await genuine(evidence, { trustedAk: tpm.key.spki }, {})).simulated).toBe(false);
    const key = await ecKey('P-256');
    const token = await issueEar(
      {
        issuedAt: FAKE_NOW / 1000 - 10,
        verifier: { developer: 'somebody', build: '1' },
        submodules: { machine: { status: 'affirming' } },
      },
      { alg: 'ES256', sign: key.sign },
    );
    const point = key.spki.subarray(-64);
    const base64url = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64url');
    const keys = {
      kty: 'EC',
      crv: 'P-256',
      x: base64url(point.subarray(0, 32)),
      y: base64url(point.subarray(32)),
    };
    expect((await genuine({ kind: 'ear', token }, { results: { keys } }, {})).simulated).toBe(false);
  });
});
