import { FAKE_NOW, type FakeAmd, fakeAmd, fakeIntel, pem } from '@gaiwan/attestation-kit/machines';
import { beforeAll, describe, expect, it } from 'vitest';
import { concat } from '../bytes.ts';
import { inspect } from '../inspect.ts';
import { verify } from '../verify.ts';
import { parseCertificates } from '../x509/chain.ts';
import { parseSnpReport } from './report.ts';
import type { SnpEndorsements } from './verify.ts';

let amd: FakeAmd;
beforeAll(async () => {
  amd = await fakeAmd();
});

async function verdict(report: Uint8Array, endorsements: SnpEndorsements): Promise<string> {
  const options = { at: FAKE_NOW, roots: { amd: [amd.ark.der] } };
  const verified = await verify({ kind: 'snp', report }, endorsements, options);
  return verified.verdict === 'refused' ? verified.reason : verified.verdict;
}

describe('versions of reports (public-reports 3)', () => {
  it.each([2, 3, 4, 5])('%i is verified, every field where it was', async (version) => {
    const given = { version, reportData: 'ab'.repeat(64), measurement: 'cd'.repeat(48), vmpl: 1 };
    const report = await amd.report(given);
    expect(await verdict(report, await amd.endorsements())).toBe('verified');
    const { signed: _signed, bytes: _bytes, signature: _signature, ...fields } = parseSnpReport(report);
    expect(fields).toMatchObject({ ...given, sigAlgo: 1, signingKey: 'VCEK' });
    expect(fields.cpuid === null).toBe(version === 2);
  });

  it.each([0, 1, 6, 0xffffffff])('%i is refused by its number', async (version) => {
    const report = await amd.report({ version });
    expect(await verdict(report, await amd.endorsements())).toBe('unsupported-version');
    expect(() => parseSnpReport(report)).toThrow(`version ${version}`);
  });
});

it("Intel's chains in any order", async () => {
  const intel = await fakeIntel();
  const endorsements = await intel.endorsements('tdx');
  const [signer, root] = parseCertificates(endorsements.tcbSigningChain);
  const { pck, pckCa } = intel;
  for (const order of [
    [root, pck, pckCa],
    [pckCa, root, pck],
  ]) {
    const quote = await intel.quote({
      certificationData: pem(...order.map((one) => one?.der ?? new Uint8Array())),
    });
    const given = { ...endorsements, tcbSigningChain: pem(root?.der ?? quote, signer?.der ?? quote) };
    const options = { at: FAKE_NOW, roots: { intel: [intel.root.der] } };
    expect(await verify({ kind: 'dcap', quote }, given, options)).toMatchObject({ verdict: 'verified' });
    expect(await inspect({ kind: 'dcap', quote })).toMatchObject({ claims: { pck: { ca: 'platform' } } });
  }
});

describe('certificates in any order, in one file or in two', () => {
  it('lead to the same verdict', async () => {
    const report = await amd.report();
    const { leaf, ask, ark } = amd;
    const orders = [
      [leaf, ask, ark],
      [ark, leaf, ask],
      [ask, ark, leaf],
    ];
    for (const order of orders) {
      const ders = order.map(({ der }) => der);
      const text = pem(...ders);
      for (const endorsementKey of [concat(...ders), text])
        expect(await verdict(report, { endorsementKey })).toBe('verified');
      expect(await verdict(report, { endorsementKey: leaf.der, caChain: text })).toBe('verified');
    }
    expect(await verdict(report, { endorsementKey: leaf.der, caChain: concat(ark.der, ask.der) })).toBe(
      'verified',
    );
    expect(await verdict(report, { endorsementKey: concat(leaf.der, ask.der) })).toBe('cert-chain');
    expect(await verdict(report, { endorsementKey: leaf.der })).toBe('missing-collateral');
  });
});
