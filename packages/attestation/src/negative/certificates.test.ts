import { ia5, octets } from '@gaiwan/attestation-kit';
import {
  certificateTable,
  ecKey,
  FAKE_FROM,
  FAKE_NOW,
  FAKE_TO,
  type FakeAmd,
  type FakeAws,
  type FakeIntel,
  fakeAmd,
  fakeAws,
  fakeIntel,
  makeCertificate,
  pem,
} from '@gaiwan/attestation-kit/machines';
import { beforeAll, describe, expect, it } from 'vitest';
import { genuine, judge } from '../../test/verdicts.ts';
import { concat } from '../bytes.ts';
import { parseCertificateTable } from '../snp/table.ts';

let intel: FakeIntel;
let amd: FakeAmd;
let aws: FakeAws;
beforeAll(async () => {
  [intel, amd, aws] = await Promise.all([fakeIntel(), fakeAmd(), fakeAws()]);
});

const intelRoots = (machine: FakeIntel = intel) => ({ intel: [machine.root.der] });
const amdRoots = (machine: FakeAmd = amd) => ({ amd: [machine.ark.der] });
const awsRoots = (machine: FakeAws = aws) => ({ aws: [machine.root.der] });

/** A quote of a machine whose certificates were changed. */
async function intelVerdict(options: Parameters<typeof fakeIntel>[0], at?: number): Promise<string> {
  const machine = await fakeIntel(options);
  return judge(await machine.quote(), await machine.endorsements('tdx'), intelRoots(machine), at);
}

async function awsVerdict(certificates: Parameters<typeof fakeAws>[0]): Promise<string> {
  const machine = await fakeAws(certificates);
  return judge(await machine.document(), {}, awsRoots(machine));
}

describe('without a change', () => {
  it('fake machines of Intel, AMD and AWS are genuine under their roots, and refused under the pinned ones', async () => {
    const cases = [
      [await intel.quote(), await intel.endorsements('tdx'), intelRoots()],
      [await intel.quote({ tee: 'sgx' }), await intel.endorsements('sgx'), intelRoots()],
      [await intel.quote({ version: 5 }), await intel.endorsements('tdx'), intelRoots()],
      [await amd.report(), await amd.endorsements(), amdRoots()],
      [await aws.document(), {}, awsRoots()],
    ] as const;
    for (const [evidence, endorsements, roots] of cases) {
      expect(await judge(evidence, endorsements, roots)).toBe('verified');
      expect(await judge(evidence, endorsements, {})).toBe('untrusted-root');
    }
  });
});

describe('group 1: a link with a wrong signature', () => {
  it('is refused although no key identifier is there to differ', async () => {
    const stranger = await ecKey('P-256');
    expect(
      await intelVerdict({ pck: { issuer: { subject: 'Intel SGX PCK Platform CA', key: stranger } } }),
    ).toBe('cert-chain');
    expect(await intelVerdict({ pckCa: { issuer: { subject: 'Intel SGX Root CA', key: stranger } } })).toBe(
      'cert-chain',
    );
  });

  it('is refused in the middle of a long chain whose other links are good', async () => {
    const stranger = await ecKey('P-384');
    expect(await awsVerdict({ certificates: [{}, { issuer: { subject: 'regional', key: stranger } }] })).toBe(
      'cert-chain',
    );
  });
});

describe('group 2: who may issue', () => {
  it('a leaf may not', async () => {
    const key = await ecKey('P-256');
    const forged = await makeCertificate({ subject: 'Intel SGX PCK Certificate', key, issuer: intel.pck });
    const chain = pem(forged.der, intel.pck.der, intel.pckCa.der, intel.root.der);
    expect(
      await judge(
        await intel.quote({ certificationData: chain }),
        await intel.endorsements('tdx'),
        intelRoots(),
      ),
    ).toBe('cert-chain');
  });

  it('nor a certificate without the authority flag, or without basic constraints', async () => {
    expect(await intelVerdict({ pckCa: { ca: false } })).toBe('cert-chain');
    expect(await awsVerdict({ certificates: [{}, { ca: false }] })).toBe('cert-chain');
    const machine = await fakeIntel();
    const bare = await makeCertificate({
      subject: machine.pckCa.subject,
      key: machine.pckCa.key,
      issuer: machine.root,
    });
    const chain = pem(machine.pck.der, bare.der, machine.root.der);
    expect(
      await judge(
        await machine.quote({ certificationData: chain }),
        await machine.endorsements('tdx'),
        intelRoots(machine),
      ),
    ).toBe('cert-chain');
  });

  it('nor more authorities than the path length allows', async () => {
    expect(await intelVerdict({ root: { pathLength: 0 } })).toBe('cert-chain');
    expect(await awsVerdict({ certificates: [{ pathLength: 1 }] })).toBe('cert-chain');
    expect(await awsVerdict({ certificates: [{}, { pathLength: 0 }] })).toBe('cert-chain');
  });

  it('nor one whose key usage is another, or that has an unknown critical extension', async () => {
    expect(await intelVerdict({ pckCa: { keyUsage: 0x80 } })).toBe('cert-chain');
    expect(
      await intelVerdict({ pckCa: { criticalExtensions: { '1.2.3.4': octets(new Uint8Array(1)) } } }),
    ).toBe('cert-chain');
  });
});

describe('group 3: a root inside the evidence is no anchor', () => {
  it('Nitro: the first certificate of the bundle', async () => {
    const other = await fakeAws();
    expect(await judge(await aws.document(), {}, awsRoots(other))).toBe('untrusted-root');
    // The trusted root in front of a foreign chain that it did not issue.
    const cabundle = [other.root.der, ...aws.chain.slice(1, -1).map(({ der }) => der)];
    expect(await judge(await aws.document({ fields: { cabundle } }), {}, awsRoots(other))).toBe('cert-chain');
  });

  it('Nitro: a bundle in another order', async () => {
    const cabundle = aws.chain
      .slice(0, -1)
      .map(({ der }) => der)
      .reverse();
    expect(await judge(await aws.document({ fields: { cabundle } }), {}, awsRoots())).toBe('cert-chain');
  });

  it('SNP: a chain without its root', async () => {
    const endorsements = { ...(await amd.endorsements()), caChain: pem(amd.ask.der) };
    expect(await judge(await amd.report(), endorsements, amdRoots())).toBe('cert-chain');
    expect(await judge(await amd.report(), { endorsementKey: amd.leaf.der }, amdRoots())).toBe(
      'missing-collateral',
    );
  });

  it('SGX: a root that came with the quote', async () => {
    const other = await fakeIntel();
    expect(await judge(await intel.quote(), await intel.endorsements('tdx'), intelRoots(other))).toBe(
      'untrusted-root',
    );
  });
});

describe('group 4: outside its validity', () => {
  it.each([
    ['root', 'root'],
    ['PCK CA', 'pckCa'],
    ['PCK', 'pck'],
    ['TCB signer', 'tcbSigner'],
  ] as const)('Intel: %s', async (_what, name) => {
    expect(await intelVerdict({ [name]: { to: FAKE_NOW - 1000 } })).toBe('cert-expired');
    expect(await intelVerdict({ [name]: { from: FAKE_NOW + 1000 } })).toBe('cert-expired');
  });

  it('AMD: VCEK and ASK', async () => {
    for (const options of [{ leaf: { to: FAKE_NOW - 1000 } }, { ask: { from: FAKE_NOW + 1000 } }]) {
      const machine = await fakeAmd(options);
      expect(await judge(await machine.report(), await machine.endorsements(), amdRoots(machine))).toBe(
        'cert-expired',
      );
    }
  });

  it('AWS: every certificate', async () => {
    for (const index of [0, 1, 2]) {
      const certificates = Array.from({ length: 3 }, (_, i) => (i === index ? { to: FAKE_NOW - 1000 } : {}));
      expect(await awsVerdict({ certificates })).toBe('cert-expired');
    }
  });

  it('both ends belong to the validity', async () => {
    expect(await intelVerdict({ pck: { to: FAKE_NOW } })).toBe('verified');
    expect(await intelVerdict({ pck: { from: FAKE_NOW } })).toBe('verified');
    expect(
      await judge(await intel.quote(), await intel.endorsements('tdx'), intelRoots(), FAKE_FROM - 1),
    ).toBe('cert-expired');
    expect(
      await judge(await intel.quote(), await intel.endorsements('tdx'), intelRoots(), FAKE_TO + 1000),
    ).toBe('cert-expired');
  });
});

describe('group 5: VCEK and VLEK', () => {
  it('each verifies over its own authority', async () => {
    const vlek = await fakeAmd({ kind: 'VLEK' });
    const verified = await genuine(await vlek.report(), await vlek.endorsements(), amdRoots(vlek));
    expect(verified.claims['certificate']).toMatchObject({ kind: 'VLEK', cspID: 'CN=cc-test-1.example' });
  });

  it('neither passes for the other', async () => {
    const vlek = await fakeAmd({ kind: 'VLEK' });
    expect(await judge(await amd.report({ keyInfo: 4 }), await amd.endorsements(), amdRoots())).toBe(
      'vcek-mismatch',
    );
    expect(await judge(await vlek.report({ keyInfo: 0 }), await vlek.endorsements(), amdRoots(vlek))).toBe(
      'vcek-mismatch',
    );
    const wrongAuthority = await fakeAmd({ ask: { subject: 'SEV-VLEK-Milan' }, leaf: {} });
    expect(
      await judge(
        await wrongAuthority.report(),
        await wrongAuthority.endorsements(),
        amdRoots(wrongAuthority),
      ),
    ).toBe('cert-chain');
  });
});

describe("group 6: AMD's extensions", () => {
  const verdict = async (options: Parameters<typeof fakeAmd>[0], report = {}) => {
    const machine = await fakeAmd(options);
    return judge(await machine.report(report), await machine.endorsements(), amdRoots(machine));
  };

  it('a hardware id that is missing, of another chip, or wrapped in DER', async () => {
    expect(await verdict({ extensions: { '4': null } })).toBe('vcek-mismatch');
    expect(await verdict({ extensions: { '4': new Uint8Array(64).fill(9) } })).toBe('vcek-mismatch');
    expect(await verdict({ extensions: { '4': octets(new Uint8Array(64).fill(0xc1)) } })).toBe(
      'vcek-mismatch',
    );
  });

  it('a raw hardware id that begins like DER is taken as it is', async () => {
    const chipId = `0440${'c1'.repeat(62)}`;
    expect(await verdict({ chipId })).toBe('verified');
  });

  it('a masked chip id needs no comparison, an unmasked zero one fails', async () => {
    expect(await verdict({}, { chipId: '00'.repeat(64), keyInfo: 2 })).toBe('verified');
    expect(await verdict({}, { chipId: '00'.repeat(64) })).toBe('vcek-mismatch');
  });

  it('a product that only begins like a known one', async () => {
    expect(await verdict({ extensions: { '2': ia5('Milano') } })).toBe('vcek-mismatch');
    expect(await verdict({ extensions: { '2': ia5('Genoa-B1') } })).toBe('cert-chain');
  });

  it('an SVN that is missing, and one whose last byte alone would fit', async () => {
    expect(await verdict({ extensions: { '3.8': null } })).toBe('vcek-mismatch');
    const tcb = { bootloader: 4, tee: 0, snp: 24, microcode: 219 };
    expect(await verdict({ tcb, extensions: { '3.8': Uint8Array.of(2, 2, 1, 219) } })).toBe('vcek-mismatch');
  });
});

describe('group 7: Turin is laid out differently', () => {
  it('is verified with its own layout and 8 bytes of hardware id', async () => {
    const turin = await fakeAmd({ product: 'Turin' });
    const verified = await genuine(
      await turin.report({ version: 5 }),
      await turin.endorsements(),
      amdRoots(turin),
    );
    expect(verified.claims).toMatchObject({
      product: 'Turin',
      reportedTcbDecoded: { fmc: 1, bootloader: 4, tee: 0, snp: 24, microcode: 219 },
    });
  });

  it('is refused with the layout, the hardware id or the structure version of Milan', async () => {
    for (const options of [
      { extensions: { '4': new Uint8Array(64).fill(0xc1) } },
      { extensions: { '1': Uint8Array.of(2, 1, 0) } },
      { extensions: { '3.9': null } },
      { chipId: 'c1'.repeat(64) },
    ]) {
      const turin = await fakeAmd({ product: 'Turin', ...options });
      expect(
        await judge(await turin.report(), await turin.endorsements(), amdRoots(turin)),
        JSON.stringify(Object.keys(options)),
      ).toBe('vcek-mismatch');
    }
    const turin = await fakeAmd({ product: 'Turin' });
    expect(
      await judge(await turin.report({ cpuid: [0x19, 1, 1] }), await turin.endorsements(), amdRoots(turin)),
    ).toBe('vcek-mismatch');
  });

  it('certificates also come in the table of the host', async () => {
    const table = certificateTable([
      ['63da758d-e664-4564-adc5-f4b93be8accd', amd.leaf.der],
      ['4ab7b379-bbac-4fe4-a02f-05aef327c782', amd.ask.der],
      ['c0b406a4-a803-4952-9743-3fb6014cd0ae', amd.ark.der],
      ['00112233-4455-6677-8899-aabbccddeeff', Uint8Array.of(1)],
    ]);
    expect(Object.keys(parseCertificateTable(table)).sort()).toEqual(['ark', 'ask', 'vcek']);
    expect(await judge(await amd.report(), { certificateTable: table }, amdRoots())).toBe('verified');
    expect(
      await judge(await amd.report(), { certificateTable: concat(table.subarray(0, 120)) }, amdRoots()),
    ).toBe('malformed');
  });
});
