/** Endorsements as caches, libraries and tools keep them. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  certificateTable,
  FAKE_NOW,
  type FakeAmd,
  type FakeIntel,
  fakeAmd,
  fakeIntel,
  makeCrl,
  pem,
} from '@gaiwan/attestation-kit/machines';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { concat, text, toHex, utf8Bytes } from '../bytes.ts';
import type { Evidence } from '../evidence.ts';
import { limits } from '../limits.ts';
import { verify } from '../verify.ts';
import { parseCertificates } from '../x509/chain.ts';
import { chooseEndorsements } from './choose.ts';
import type { NamedFile } from './collect.ts';
import { readEndorsements } from './files.ts';

let intel: FakeIntel;
let amd: FakeAmd;
let served: Awaited<ReturnType<FakeIntel['endorsements']>>;
let quote: Evidence;
let report: Evidence;
beforeAll(async () => {
  [intel, amd] = await Promise.all([fakeIntel(), fakeAmd()]);
  served = await intel.endorsements('tdx');
  quote = { kind: 'dcap', quote: await intel.quote() };
  report = { kind: 'snp', report: await amd.report() };
});

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');
const textOf = (...ders: Uint8Array[]): string => text(pem(...ders));
const crlPem = (der: Uint8Array): Uint8Array =>
  utf8Bytes(`-----BEGIN X509 CRL-----\n${base64(der).replace(/.{1,64}/g, '$&\n')}-----END X509 CRL-----\n`);
const json = (value: unknown): Uint8Array => utf8Bytes(JSON.stringify(value));
const named = (files: readonly Uint8Array[]): NamedFile[] =>
  files.map((bytes, index) => ({ name: `file ${index}`, bytes }));

async function verdict(evidence: Evidence, files: readonly Uint8Array[]): Promise<string> {
  const { endorsements } = chooseEndorsements(named(files), evidence, FAKE_NOW);
  const roots = { intel: [intel.root.der], amd: [amd.ark.der] };
  const result = await verify(evidence, endorsements, { at: FAKE_NOW, roots });
  return result.verdict === 'refused' ? `${result.reason}: ${result.message}` : result.verdict;
}

/** The inner document and its signature, as Intel's library has them in a structure. */
function parts(document: Uint8Array): { inner: string; signature: string } {
  const whole = text(document);
  const found = /^\{"\w+":(.*),"signature":"([0-9a-f]+)"\}$/s.exec(whole);
  if (found === null) throw new Error('the document has another form');
  return { inner: found[1] as string, signature: found[2] as string };
}

describe("Intel's collateral", () => {
  const { tcbInfo, qeIdentity } = {
    tcbInfo: () => parts(served.tcbInfo),
    qeIdentity: () => parts(served.qeIdentity),
  };
  const chain = () => text(served.tcbSigningChain);
  const structure = (bytes: (bytes: Uint8Array) => unknown) => ({
    version: 3,
    pck_crl_issuer_chain: textOf(intel.pckCa.der, intel.root.der),
    root_ca_crl: bytes(served.rootCrl),
    pck_crl: bytes(served.pckCrl),
    tcb_info_issuer_chain: chain(),
    tcb_info: tcbInfo().inner,
    tcb_info_signature: bytes(Buffer.from(tcbInfo().signature, 'hex')),
    qe_identity_issuer_chain: chain(),
    qe_identity: qeIdentity().inner,
    qe_identity_signature: bytes(Buffer.from(qeIdentity().signature, 'hex')),
  });
  const { documents } = { documents: () => [served.tcbInfo, served.qeIdentity, served.tcbSigningChain] };

  it.each<[string, () => readonly Uint8Array[]]>([
    ['as served', () => [...documents(), served.pckCrl, served.rootCrl]],
    [
      'fault 6: lists in hexadecimal, as a PCCS has them',
      () => [...documents(), ...[served.pckCrl, served.rootCrl].map((der) => utf8Bytes(`${toHex(der)}\n`))],
    ],
    [
      'lists in base64',
      () => [...documents(), ...[served.pckCrl, served.rootCrl].map((der) => utf8Bytes(base64(der)))],
    ],
    ['lists in PEM', () => [...documents(), ...[served.pckCrl, served.rootCrl].map(crlPem)]],
    [
      'lists in one PEM file with the certificates',
      () => [
        served.tcbInfo,
        served.qeIdentity,
        concat(served.tcbSigningChain, crlPem(served.pckCrl), crlPem(served.rootCrl)),
      ],
    ],
    [
      'certificates apart',
      () => [
        served.tcbInfo,
        served.qeIdentity,
        served.pckCrl,
        served.rootCrl,
        ...parseCertificates(served.tcbSigningChain).map(({ der }) => der),
      ],
    ],
    ['M2: one JSON, bytes in hexadecimal', () => [json(structure(toHex))]],
    ['one JSON, bytes as lists', () => [json(structure((bytes) => [...bytes]))]],
    ['one JSON inside another', () => [json({ quote: 'no', collateral: JSON.stringify(structure(toHex)) })]],
    [
      'one JSON, documents with their signatures',
      () => {
        const { tcb_info_signature: _t, qe_identity_signature: _q, ...rest } = structure(toHex);
        return [json({ ...rest, tcb_info: text(served.tcbInfo), qe_identity: text(served.qeIdentity) })];
      },
    ],
    [
      'one JSON, documents as JSON beside their signatures',
      () => [
        utf8Bytes(
          `{"tcb_info": ${tcbInfo().inner} , "tcb_info_signature": "${tcbInfo().signature}", "more":[{"qe_identity":${qeIdentity().inner},"qe_identity_signature":"${qeIdentity().signature}"}]}`,
        ),
        served.tcbSigningChain,
        served.pckCrl,
        served.rootCrl,
      ],
    ],
    [
      'the cache of a PCCS',
      () => [
        utf8Bytes(
          `{"platforms":[],"collaterals":{"version":4,"tcbinfos":[{"fmspc":"x","sgx_tcbinfo":null,"tdx_tcbinfo": ${text(served.tcbInfo)} }],` +
            `"pckcacrl":{"processorCrl":"","platformCrl":"${toHex(served.pckCrl)}"},"tdqeidentity":${JSON.stringify(text(served.qeIdentity))},` +
            `"rootcacrl":"${toHex(served.rootCrl)}","certificates":{"SGX-TCB-Info-Issuer-Chain":"${encodeURIComponent(chain())}"}}}`,
        ),
      ],
    ],
  ])('%s', async (_name, files) => {
    expect(await verdict(quote, files())).toBe('verified');
    expect(await verdict(quote, files().toReversed())).toBe('verified');
  });

  it('what is missing in one JSON is refused by its name, and told of its file', async () => {
    const { tcb_info_signature: _none, ...abridged } = structure(toHex);
    const files = [json(abridged)];
    expect(await verdict(quote, files)).toMatch(/^missing-collateral: The TCB Info/);
    expect(chooseEndorsements(named(files), quote, FAKE_NOW).unused).toEqual([
      { name: 'file 0', why: expect.stringContaining('"tcb_info" has no signature beside it') },
    ]);
    const { root_ca_crl: _crl, ...without } = structure(toHex);
    expect(await verdict(quote, [json(without)])).toMatch(/^crl-missing/);
    // Another spelling of the same JSON is not what was signed.
    const respelled = { ...structure(toHex), tcb_info: JSON.stringify(JSON.parse(tcbInfo().inner), null, 1) };
    expect(await verdict(quote, [json(respelled)])).toMatch(/^tcb-info-signature/);
  });
});

describe("AMD's certificates", () => {
  const all = () => [amd.leaf.der, amd.ask.der, amd.ark.der] as const;
  const guids = [
    '63da758d-e664-4564-adc5-f4b93be8accd',
    '4ab7b379-bbac-4fe4-a02f-05aef327c782',
    'c0b406a4-a803-4952-9743-3fb6014cd0ae',
  ];
  const table = () => certificateTable(all().map((der, index) => [guids[index] as string, der]));

  it.each<[string, () => readonly Uint8Array[]]>([
    ['fault 5: apart, in PEM, as snpguest writes them', () => all().map((der) => pem(der))],
    ['apart, in DER', () => all()],
    ['in one file, as a cloud hands them out', () => [pem(...all())]],
    ['in one file, the other way round', () => [pem(...all().toReversed())]],
    ['as KDS serves them', () => [amd.leaf.der, pem(amd.ask.der, amd.ark.der)]],
    ["the host's table", () => [table()]],
    [
      "the host's table behind its report",
      () => [concat(report.kind === 'snp' ? report.report : table(), table())],
    ],
    [
      "a part of the host's table, and a file",
      () => [certificateTable([[guids[0] as string, amd.leaf.der]]), pem(amd.ark.der, amd.ask.der)],
    ],
    [
      "Azure's JSON",
      () => [
        json({
          vcekCert: textOf(amd.leaf.der),
          tcbm: 'DB18000000000004',
          certificateChain: textOf(amd.ask.der, amd.ark.der),
        }),
      ],
    ],
    [
      "an agent's JSON",
      () => [
        json({
          attestation_report: null,
          cert_chain: [
            ['VCEK', 0],
            ['ASK', 1],
            ['ARK', 2],
          ].map(([cert_type, index]) => ({ cert_type, data: [...(all()[index as number] ?? [])] })),
        }),
      ],
    ],
    [
      "go-sev-guest's JSON",
      () => [
        json({
          certificateChain: {
            vcekCert: base64(amd.leaf.der),
            askCert: base64(amd.ask.der),
            arkCert: base64(amd.ark.der),
          },
        }),
      ],
    ],
    [
      'in hexadecimal and base64',
      () => [utf8Bytes(toHex(amd.leaf.der)), utf8Bytes(base64(amd.ask.der)), utf8Bytes(base64(amd.ark.der))],
    ],
  ])('%s', async (_name, files) => {
    expect(await verdict(report, files())).toBe('verified');
  });

  it('without one of them: refused by what is missing', async () => {
    expect(await verdict(report, [pem(amd.ask.der, amd.ark.der)])).toMatch(/^missing-collateral: The VCEK/);
    expect(await verdict(report, [pem(amd.leaf.der)])).toMatch(/^missing-collateral: AMD's CA/);
    expect(await verdict(report, [pem(amd.leaf.der, amd.ask.der)])).toMatch(/^cert-chain/);
  });
});

it('fault 5: split and joined in any way, in any order, among others', async () => {
  const [turin, stranger] = await Promise.all([
    fakeAmd({ product: 'Turin' }),
    fakeIntel({ fmspc: '00906ed50000' }),
  ]);
  const signing = parseCertificates(served.tcbSigningChain).map(({ der }) => der);
  const ders = [
    amd.leaf.der,
    amd.ask.der,
    amd.ark.der,
    ...signing,
    turin.leaf.der,
    turin.ask.der,
    turin.ark.der,
  ];
  const lists = [served.pckCrl, served.rootCrl];
  const others = [
    served.tcbInfo,
    served.qeIdentity,
    await stranger.tcbInfo('tdx'),
    utf8Bytes('no endorsement'),
  ];
  const order = fc.shuffledSubarray([...ders.keys()], { minLength: ders.length });
  const writers = [
    (der: Uint8Array) => der,
    (der: Uint8Array) => pem(der),
    (der: Uint8Array) => utf8Bytes(toHex(der)),
    (der: Uint8Array) => json({ der: base64(der) }),
  ];
  await fc.assert(
    fc.asyncProperty(
      order,
      fc.nat(4),
      fc.array(fc.nat(3), { minLength: 16, maxLength: 16 }),
      async (places, width, forms) => {
        const sorted = places.map((place) => ders[place] as Uint8Array);
        const size = width + 1;
        const groups = Array.from({ length: Math.ceil(sorted.length / size) }, (_, at) =>
          sorted.slice(at * size, at * size + size),
        );
        const write = (der: Uint8Array, at: number) =>
          (writers[forms[at] as number] as (der: Uint8Array) => Uint8Array)(der);
        const files = [
          ...groups.map((group, at) =>
            group.length > 1 ? pem(...group) : write(group[0] as Uint8Array, at),
          ),
          ...lists.map((der, at) => (forms[at] === 1 ? crlPem(der) : write(der, at))),
          ...others,
        ];
        expect(await verdict(report, files)).toBe('verified');
        expect(await verdict(quote, files)).toBe('verified');
      },
    ),
    { numRuns: 15 },
  );
});

describe('what was given and is not used', () => {
  it('fault 6: is named with the reason', async () => {
    const [stranger, genoa] = await Promise.all([
      fakeIntel({ fmspc: '00906ed50000' }),
      fakeAmd({ product: 'Genoa' }),
    ]);
    const later = { issueDate: '2031-01-01T00:00:00Z', nextUpdate: '2031-02-01T00:00:00Z' };
    const files: Record<string, [Uint8Array, string | undefined]> = {
      tcbInfo: [served.tcbInfo, undefined],
      chain: [served.tcbSigningChain, undefined],
      qe: [served.qeIdentity, undefined],
      crls: [crlPem(served.pckCrl), undefined],
      rootCrl: [served.rootCrl, undefined],
      other: [await stranger.tcbInfo('tdx'), 'it is for "tdx 00906ed50000", and the evidence wants "tdx '],
      sgx: [await intel.qeIdentity('sgx'), 'it is for "QE", and the evidence wants "TD_QE"'],
      old: [await makeCrl({ issuer: intel.root, from: 0, to: 1_000 }), 'it held until 1970-01-01'],
      future: [await intel.tcbInfo('tdx', later), 'it holds from 2031'],
      again: [
        pem(...parseCertificates(served.tcbSigningChain).map(({ der }) => der)),
        'another one was given',
      ],
      vcek: [genoa.leaf.der, 'of no use for this evidence (dcap)'],
      ark: [genoa.ark.der, 'no chain that is used leads to it'],
      amdCrl: [await makeCrl({ issuer: genoa.ark }), 'of no use for this evidence (dcap)'],
      text: [utf8Bytes('no endorsement'), 'neither DER, PEM, JSON'],
      json: [utf8Bytes('{"a":1}'), 'The JSON holds neither'],
      broken: [utf8Bytes('{"tcbInfo":{}}'), 'lacks "tcbInfo" or its signature'],
      binary: [Uint8Array.of(0xff, 0xfe, 1), 'neither DER, PEM, JSON'],
      cut: [served.rootCrl.subarray(0, 40), 'DER'],
      quote: [await intel.quote(), 'It is evidence'],
    };
    const given = Object.entries(files).map(([name, [bytes]]) => ({ name, bytes }));
    const { endorsements, unused } = chooseEndorsements(given, quote, FAKE_NOW);
    expect(Object.keys(endorsements).sort()).toEqual([
      'pckCrl',
      'qeIdentity',
      'rootCrl',
      'tcbInfo',
      'tcbSigningChain',
    ]);
    for (const [name, [, why]] of Object.entries(files)) {
      const reasons = unused.filter((file) => file.name === name).map((file) => file.why);
      if (why === undefined || name === 'again') continue;
      expect(reasons.join('\n'), name).toContain(why);
    }
    const usedChain = unused.filter(({ name }) => name === 'chain' || name === 'again');
    expect(new Set(usedChain.map(({ name }) => name)).size).toBe(1);
  });

  it('is told of files in a folder, and of those that are too long', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'gaiwan-unused-'));
    try {
      writeFileSync(join(folder, 'vcek'), amd.leaf.der);
      writeFileSync(join(folder, 'chain'), pem(amd.ask.der, amd.ark.der));
      writeFileSync(join(folder, 'long'), new Uint8Array(limits.folderFile.value + 1));
      writeFileSync(join(folder, 'readme'), 'certificates of our machine');
      const { endorsements, unused } = await readEndorsements(folder, report, FAKE_NOW);
      expect(Object.keys(endorsements).sort()).toEqual(['caChain', 'endorsementKey']);
      expect(unused.map(({ name }) => name)).toEqual(['long', 'readme']);
      const beside = [{ name: '', bytes: pem(amd.ark.der) }];
      expect((await readEndorsements(undefined, report, FAKE_NOW, beside)).unused).toEqual([]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

const vectors = new URL('../../../../../shared/attestation/vectors/', import.meta.url);
const present = existsSync(vectors);
if (!present)
  console.warn(
    'SKIPPED: shared/attestation/vectors is not on this machine: real endorsements, all in one folder',
  );

describe.skipIf(!present)('real endorsements of all machines, all together', () => {
  interface Vector {
    readonly id: string;
    readonly kind: string;
    readonly files: Readonly<Record<string, string>>;
    readonly verifyAt: string;
    readonly expect: { readonly verdict: string };
  }
  const read = (path: string) => new Uint8Array(readFileSync(new URL(path, vectors)));
  const valid = (kind: RegExp): Vector[] =>
    (
      JSON.parse(readFileSync(new URL('index.json', vectors), 'utf8')) as { vectors: Vector[] }
    ).vectors.filter((vector) => kind.test(vector.kind) && vector.expect.verdict === 'valid');
  const folder = (path: string, pattern: RegExp): Uint8Array[] =>
    readdirSync(new URL(path, vectors))
      .filter((name) => pattern.test(name))
      .map((name) => read(`${path}${name}`));
  const evidenceOf = ({ files }: Vector): Evidence =>
    files['report'] === undefined
      ? { kind: 'dcap', quote: read(files['quote'] as string) }
      : { kind: 'snp', report: read(files['report']) };

  async function verdicts(kind: RegExp, files: readonly Uint8Array[]): Promise<string[]> {
    const found: string[] = [];
    for (const vector of valid(kind)) {
      const evidence = evidenceOf(vector);
      const at = Date.parse(vector.verifyAt);
      const { endorsements } = chooseEndorsements(named(files), evidence, at);
      const result = await verify(evidence, endorsements, { at });
      found.push(
        result.verdict === 'refused' ? `${vector.id} ${result.reason}: ${result.message}` : 'verified',
      );
    }
    return found;
  }

  it("AMD's, each certificate in a file of its own", async () => {
    const chains = folder('collateral/', /^amd-.*pem$/).flatMap(parseCertificates);
    const files = [...folder('snp/certs/', /^v[cl]ek-.*der$/), ...chains.map(({ der }) => pem(der))];
    const found = await verdicts(/^snp/, files);
    expect(found.length).toBeGreaterThan(10);
    expect(found.filter((verdict) => verdict !== 'verified')).toEqual([]);
  });

  it("Intel's of all days, lists in hexadecimal", async () => {
    const lists = folder('collateral/', /crl.*der$/).map((der) => utf8Bytes(toHex(der)));
    const files = [...folder('collateral/', /^(tcbinfo|qeidentity).*json$|^tcb-signing.*pem$/), ...lists];
    const found = await verdicts(/^(sgx-v3|tdx)/, files);
    expect(found.length).toBeGreaterThan(10);
    expect(found.filter((verdict) => verdict !== 'verified')).toEqual([]);
  });
});
