/** Chains are taken in any order: what leads to what is in the certificates. */
import { FAKE_NOW, type FakeAmd, fakeAmd, fakeIntel, pem } from '@gaiwan/attestation-kit/machines';
import { beforeAll, describe, expect, it } from 'vitest';
import { concat } from '../bytes.ts';
import { inspect } from '../inspect.ts';
import type { SnpEndorsements } from '../snp/verify.ts';
import { verify } from '../verify.ts';
import { leafFirst, parseCertificates } from './chain.ts';

let amd: FakeAmd;
beforeAll(async () => {
  amd = await fakeAmd();
});

describe('the leaf is put first', () => {
  it('wherever it stands', () => {
    const [leaf, ask, ark] = parseCertificates(concat(amd.leaf.der, amd.ask.der, amd.ark.der));
    if (leaf === undefined || ask === undefined || ark === undefined) expect.fail('three were given');
    for (const order of [
      [leaf, ask, ark],
      [ask, leaf, ark],
      [ark, ask, leaf],
    ])
      expect(leafFirst(order)[0]).toBe(leaf);
  });

  it('and nothing is moved where there is none, or several', async () => {
    const other = await fakeAmd();
    for (const ders of [[], [amd.ark.der], [amd.ark.der, amd.leaf.der, other.leaf.der]]) {
      const certificates = parseCertificates(concat(...ders));
      expect(leafFirst(certificates)).toEqual(certificates);
    }
  });
});

it("Intel's chains, in the quote and beside it", async () => {
  const intel = await fakeIntel();
  const endorsements = await intel.endorsements('tdx');
  const { pck, pckCa, root } = intel;
  const roots = { intel: [root.der] };
  for (const order of [
    [root, pck, pckCa],
    [pckCa, root, pck],
  ]) {
    const quote = await intel.quote({ certificationData: pem(...order.map(({ der }) => der)) });
    const signing = parseCertificates(endorsements.tcbSigningChain).map(({ der }) => der);
    const given = { ...endorsements, tcbSigningChain: pem(...signing.toReversed()) };
    const verified = await verify({ kind: 'dcap', quote }, given, { at: FAKE_NOW, roots });
    expect(verified).toMatchObject({ verdict: 'verified' });
    expect(await inspect({ kind: 'dcap', quote })).toMatchObject({ claims: { pck: { ca: 'platform' } } });
  }
});

it("AMD's certificates, in one file or in two", async () => {
  const report = await amd.report();
  const { leaf, ask, ark } = amd;
  const verdict = async (endorsements: SnpEndorsements): Promise<string> => {
    const options = { at: FAKE_NOW, roots: { amd: [ark.der] } };
    const verified = await verify({ kind: 'snp', report }, endorsements, options);
    return verified.verdict === 'refused' ? verified.reason : verified.verdict;
  };
  for (const order of [
    [leaf, ask, ark],
    [ark, leaf, ask],
    [ask, ark, leaf],
  ]) {
    const ders = order.map(({ der }) => der);
    for (const endorsementKey of [concat(...ders), pem(...ders)])
      expect(await verdict({ endorsementKey })).toBe('verified');
    expect(await verdict({ endorsementKey: leaf.der, caChain: pem(...ders) })).toBe('verified');
  }
  expect(await verdict({ endorsementKey: leaf.der, caChain: concat(ark.der, ask.der) })).toBe('verified');
  expect(await verdict({ endorsementKey: concat(leaf.der, ask.der) })).toBe('cert-chain');
  expect(await verdict({ endorsementKey: leaf.der })).toBe('missing-collateral');
});
