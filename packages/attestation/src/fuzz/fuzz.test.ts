import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { getHeapStatistics } from 'node:v8';
import { issueEar } from '@gaiwan/attestation-kit';
import {
  certificateTable,
  ecKey,
  FAKE_NOW,
  fakeAmd,
  fakeArm,
  fakeAws,
  fakeEventLog,
  fakeIntel,
  fakeTpm,
  makeCertificate,
  pem,
} from '@gaiwan/attestation-kit/machines';
import { beforeAll, describe, expect, it } from 'vitest';
import { mutate, random } from '../../test/mutate.ts';
import { parseCcaToken } from '../arm/cca.ts';
import { parsePsaToken } from '../arm/psa.ts';
import { parseHclReport } from '../azure/hcl.ts';
import { concat, text, toHex, utf8Bytes } from '../bytes.ts';
import { type Cbor, type CborKey, type CborMap, decodeCbor, Tagged } from '../cbor/decode.ts';
import { encodeCbor } from '../cbor/encode.ts';
import { parseCorim } from '../corim/corim.ts';
import { parseQeIdentity, parseSignedJson, parseTcbInfo } from '../dcap/collateral.ts';
import { parseEpidQuote } from '../dcap/epid.ts';
import { parseIasReport } from '../dcap/ias.ts';
import { parsePck } from '../dcap/pck.ts';
import { parseQuote } from '../dcap/quote.ts';
import { detect } from '../detect.ts';
import { openEvidence } from '../envelope/open.ts';
import { snpReportOfFields } from '../envelope/snp-fields.ts';
import { asFirstFormat, parseEventLog, startupLocality } from '../eventlog/log.ts';
import { jsonElements, jsonMembers, parseJson } from '../json/scan.ts';
import { parseNitroDocument } from '../nitro/document.ts';
import { dstackEvidence } from '../ratls/dstack.ts';
import { embeddedEvidence } from '../ratls/extract.ts';
import { Refusal } from '../refusal.ts';
import { parseEar } from '../results/ear.ts';
import { parseJwt } from '../results/jwt.ts';
import { parseEndorsementKey } from '../snp/certificate.ts';
import { parseSnpReport } from '../snp/report.ts';
import { parseCertificateTable } from '../snp/table.ts';
import { chooseEndorsements } from '../sources/choose.ts';
import { parseAttest, quoteBody } from '../tpm/attest.ts';
import { parseTpmPublic } from '../tpm/public.ts';
import { parseTpmSignature } from '../tpm/signature.ts';
import { parseCertificate } from '../x509/certificate.ts';
import { parseCertificates } from '../x509/chain.ts';
import { parseCrl } from '../x509/crl.ts';

/** Mutated inputs of each parser; more with GAIWAN_FUZZ_RUNS. */
const RUNS = Number(process.env['GAIWAN_FUZZ_RUNS']);
const SEED = Number(process.env['GAIWAN_FUZZ_SEED'] ?? 20261124);
const SLOW = 50;
/** Whatever is done with each name for each value below it takes the product of the two. */
const LONG_NAME = 'n'.repeat(40_000);
const MANY_VALUES = Array.from({ length: 8000 }, () => 'a');
/** As other tests have it, for each 100,000. */
const PATIENCE = 300_000 * Math.ceil(RUNS / 100_000);

const shared = new URL('../../../../../shared/attestation/vectors/', import.meta.url);
const present = existsSync(shared);
if (!present)
  console.warn(
    'SKIPPED: shared/attestation/vectors is not on this machine: fuzzing starts from made evidence alone',
  );

function vectors(folder: string, pattern: RegExp): Uint8Array[] {
  if (!present) return [];
  const files = readdirSync(new URL(`${folder}/`, shared)).filter((file) => pattern.test(file));
  return files.slice(0, 12).map((file) => new Uint8Array(readFileSync(new URL(`${folder}/${file}`, shared))));
}

type Parser = readonly [
  name: string,
  parse: (bytes: Uint8Array) => unknown,
  seeds: () => Promise<Uint8Array[]>,
];

let made: Awaited<ReturnType<typeof make>>;
async function make() {
  const [intel, amd, aws, arm, tpm] = await Promise.all([
    fakeIntel(),
    fakeAmd(),
    fakeAws(),
    fakeArm(),
    fakeTpm(),
  ]);
  const key = await ecKey('P-256');
  return { intel, amd, aws, arm, tpm, key, endorsements: await intel.endorsements('tdx') };
}
beforeAll(async () => {
  made = await make();
});

const ear = () =>
  issueEar(
    {
      issuedAt: FAKE_NOW / 1000,
      verifier: { developer: 'a', build: 'b' },
      submodules: { tee: { status: 'affirming' } },
    },
    { alg: 'ES256', sign: (data) => made.key.sign(data) },
  );
const log = () =>
  fakeEventLog([
    { register: 0, type: 4, data: new Uint8Array(4) },
    { register: 1, type: 13, data: utf8Bytes('x') },
  ]);
const map = (...entries: [CborKey, Cbor][]): CborMap => new Map(entries);
const corim = () => {
  const measurement = map([1, map([2, [[1, new Uint8Array(32)]]])]);
  const triple: Cbor = [map([0, map([1, 'vendor'])]), [measurement]];
  const comid = encodeCbor(map([1, map([0, 'c'])], [4, map([0, [triple]])]));
  return encodeCbor(new Tagged(501, map([0, 'id'], [1, [new Tagged(506, comid)]])));
};

/** One event in the format that knows SHA-1 only, and a startup locality. */
function firstFormatLog(): Uint8Array {
  const record = (type: number, data: Uint8Array) =>
    concat(
      new Uint8Array(4),
      Uint8Array.of(type, 0, 0, 0),
      new Uint8Array(20).fill(7),
      Uint8Array.of(data.length, 0, 0, 0),
      data,
    );
  return concat(record(3, utf8Bytes('StartupLocality\0\x03')), record(4, new Uint8Array(4)));
}

const listOf = (length: number) => Array.from({ length }, () => 0);
const TCB = { bootloader: 1, tee: 0, snp: 2, microcode: 3 };
const SNP_FIELDS = {
  version: 3,
  policy: 196608,
  family_id: listOf(16),
  image_id: listOf(16),
  current_tcb: TCB,
  report_data: '00'.repeat(64),
  measurement: listOf(48),
  host_data: listOf(32),
  id_key_digest: listOf(48),
  author_key_digest: listOf(48),
  report_id: listOf(32),
  report_id_ma: listOf(32),
  reported_tcb: TCB,
  chip_id: listOf(64),
  committed_tcb: '7',
  launch_tcb: TCB,
  signature: { r: listOf(72), s: listOf(72) },
};

const parsers: readonly Parser[] = [
  [
    'DCAP quote',
    parseQuote,
    async () => [
      await made.intel.quote(),
      await made.intel.quote({ tee: 'sgx' }),
      await made.intel.quote({ version: 5 }),
      ...vectors('dcap', /^(sgx3|tdx[45])-[^n].*bin$/),
    ],
  ],
  [
    'EPID quote',
    parseEpidQuote,
    async () => [Uint8Array.of(2, 0, ...new Uint8Array(434)), ...vectors('epid', /bin$/)],
  ],
  [
    'IAS report',
    parseIasReport,
    async () => [
      utf8Bytes('{"isvEnclaveQuoteStatus":"OK","timestamp":"2020","isvEnclaveQuoteBody":"AgAA"}'),
      ...vectors('epid', /avr\.json$/),
    ],
  ],
  [
    'TCB Info',
    (bytes) => parseTcbInfo(parseSignedJson(bytes, 'tcbInfo').value),
    async () => [made.endorsements.tcbInfo, await made.intel.tcbInfo('sgx')],
  ],
  [
    'QE Identity',
    (bytes) => parseQeIdentity(parseSignedJson(bytes, 'enclaveIdentity').value),
    async () => [made.endorsements.qeIdentity],
  ],
  ['PCK certificate', (bytes) => parsePck(parseCertificate(bytes)), async () => [made.intel.pck.der]],
  [
    'certificate',
    (bytes) => parseCertificate(bytes).key,
    async () => [made.intel.root.der, made.amd.ark.der, made.aws.leaf.der],
  ],
  ['PEM chain', parseCertificates, async () => [made.endorsements.tcbSigningChain]],
  [
    'revocation list',
    parseCrl,
    async () => [made.endorsements.pckCrl, ...vectors('collateral', /crl.*der$/)],
  ],
  [
    'SNP report',
    parseSnpReport,
    async () => [
      await made.amd.report(),
      await made.amd.report({ version: 5 }),
      ...vectors('snp', /^snp[235]-[^n].*bin$/),
    ],
  ],
  [
    'SNP certificate',
    (bytes) => parseEndorsementKey(parseCertificate(bytes)),
    async () => [made.amd.leaf.der],
  ],
  [
    'SNP certificate table',
    parseCertificateTable,
    async () => [certificateTable([['63da758d-e664-4564-adc5-f4b93be8accd', made.amd.leaf.der]])],
  ],
  [
    'Nitro document',
    parseNitroDocument,
    async () => [await made.aws.document(), ...vectors('nitro', /^nitro-[^n].*cbor$/)],
  ],
  [
    'TPM attestation',
    (bytes) => quoteBody(parseAttest(bytes)),
    async () => [(await made.tpm.quote()).attest, ...vectors('tpm', /attest\.bin$/)],
  ],
  [
    'TPM signature',
    parseTpmSignature,
    async () => [(await made.tpm.quote()).signature, ...vectors('tpm', /sig\.bin$/)],
  ],
  ['TPM public area', parseTpmPublic, async () => [made.tpm.publicArea, ...vectors('tpm', /akpub\.bin$/)]],
  ['event log', parseEventLog, async () => [await log(), ...vectors('eventlog', /bin$/)]],
  [
    'HCL report',
    parseHclReport,
    async () => [utf8Bytes(`HCLA${'\0'.repeat(1300)}`), ...vectors('azure', /hcl\.bin$/)],
  ],
  ['CCA token', parseCcaToken, async () => [await made.arm.cca(), ...vectors('cca', /cbor$/)]],
  ['PSA token', parsePsaToken, async () => [(await made.arm.tokens()).platform, ...vectors('psa', /cbor$/)]],
  ['CoRIM', parseCorim, () => Promise.resolve([corim(), ...vectors('corim', /cbor$/)])],
  [
    'CBOR',
    decodeCbor,
    async () => [
      await made.arm.cca(),
      Uint8Array.of(0xbf, 0x61, 0x61, 0x9f, 0xf9, 0x3c, 0, 0xff, 0x61, 0x62, 0x5f, 0x41, 1, 0xff, 0xff),
    ],
  ],
  [
    'RA-TLS certificate',
    (bytes) => embeddedEvidence(parseCertificates(bytes)[0] ?? parseCertificate(bytes)),
    async () => [
      (
        await makeCertificate({
          subject: 's',
          key: made.key,
          extensions: {
            '2.23.133.5.4.9': encodeCbor(
              new Tagged(60000, [
                await made.intel.quote(),
                encodeCbor(new Map([['pubkey-hash', encodeCbor([1, new Uint8Array(32)])]])),
              ]),
            ),
          },
        })
      ).der,
      ...vectors('ratls', /der$/),
    ],
  ],
  [
    'JSON',
    (bytes) => [jsonMembers(text(bytes)), parseJson(text(bytes)), jsonElements(`[${text(bytes)}]`)],
    async () => [made.endorsements.tcbInfo, utf8Bytes('{"a":[1,{"b":"\\u0041"}],"c":null}')],
  ],
  [
    'token',
    (bytes) => parseEar(parseJwt(text(bytes)).payload),
    async () => [utf8Bytes(await ear()), ...vectors('ear', /jwt$/)],
  ],
  [
    'evidence in an envelope',
    openEvidence,
    async () => {
      const [quote, report] = [await made.intel.quote(), await made.amd.report()];
      const { attest, signature } = await made.tpm.quote();
      const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64');
      const tpm = { message: base64(attest), signature: base64(signature), pcrs: ['00'.repeat(32)] };
      return [
        utf8Bytes(toHex(quote)),
        utf8Bytes(base64(quote)),
        utf8Bytes(JSON.stringify({ quote: `0x${toHex(quote)}`, event_log: '[]' })),
        utf8Bytes(JSON.stringify({ evidence: JSON.stringify({ report: base64(report) }) })),
        utf8Bytes(JSON.stringify({ tpm_quote: tpm, ak_public: base64(made.tpm.publicArea) })),
        utf8Bytes(JSON.stringify({ [LONG_NAME]: MANY_VALUES })),
        utf8Bytes(`-----BEGIN SGX QUOTE-----\n${base64(quote)}\n-----END SGX QUOTE-----\n`),
        concat(report, certificateTable([['63da758d-e664-4564-adc5-f4b93be8accd', made.amd.leaf.der]])),
      ];
    },
  ],
  [
    'SNP report in its fields',
    (bytes) => snpReportOfFields(parseJson(text(bytes))),
    () => Promise.resolve([utf8Bytes(JSON.stringify(SNP_FIELDS))]),
  ],
  [
    'attestation of dstack',
    dstackEvidence,
    async () => {
      const quote = await made.intel.quote();
      const length = Uint8Array.of((quote.length * 4 + 2) & 255, (quote.length * 4) >> 8, 0, 0);
      return [concat(Uint8Array.of(0, 0), length, quote), Uint8Array.of(0, 2, 8, 1, 2)];
    },
  ],
  [
    'event log without a mark',
    (bytes) => {
      const found = asFirstFormat(bytes);
      return found && startupLocality(found);
    },
    async () => [firstFormatLog(), ...vectors('eventlog', /bin$/)],
  ],
  [
    'file of endorsements',
    (bytes) =>
      chooseEndorsements([{ name: 'file', bytes }], { kind: 'ra-tls', certificate: bytes }, FAKE_NOW),
    () => {
      const { tcbInfo, tcbSigningChain, pckCrl } = made.endorsements;
      const structure = {
        tcb_info: '{"id":"TDX"}',
        tcb_info_signature: '00'.repeat(64),
        pck_crl: toHex(pckCrl),
        tcb_info_issuer_chain: text(tcbSigningChain),
      };
      return Promise.resolve([
        tcbInfo,
        tcbSigningChain,
        utf8Bytes(toHex(pckCrl)),
        utf8Bytes(JSON.stringify(structure)),
        utf8Bytes(JSON.stringify({ [LONG_NAME]: MANY_VALUES.map(() => ({})) })),
        utf8Bytes(JSON.stringify({ vcekCert: text(pem(made.amd.leaf.der)) })),
        certificateTable([['63da758d-e664-4564-adc5-f4b93be8accd', made.amd.leaf.der]]),
        concat(made.amd.ask.der, made.amd.ark.der),
      ]);
    },
  ],
  [
    'any evidence',
    detect,
    async () => [
      await made.intel.quote(),
      utf8Bytes('{"kind":"tpm","attest":"00","pcrs":{"sha256":{"0":"00"}}}'),
      await made.aws.document(),
    ],
  ],
];

/** Milliseconds of processor time that a parser takes for an input: the least of three. */
function duration(parse: (bytes: Uint8Array) => unknown, input: Uint8Array): number {
  return Math.min(
    ...[1, 2, 3].map(() => {
      const before = process.threadCpuUsage();
      try {
        parse(input);
      } catch {
        // Only the time counts here.
      }
      const { user, system } = process.threadCpuUsage(before);
      return (user + system) / 1000;
    }),
  );
}

function allocated(): number {
  const { used_heap_size: heap, external_memory: external } = getHeapStatistics();
  return heap + external;
}

/** Undefined, or what is wrong with how the parser takes the input. */
function fault(parse: (bytes: Uint8Array) => unknown, input: Uint8Array): string | undefined {
  const before = allocated();
  // Only what took long is looked at more closely: a busy machine makes everything slow.
  // oxlint-disable tests/no-stopwatch -- `duration` decides
  const started = performance.now();
  try {
    parse(input);
  } catch (error) {
    if (!(error instanceof Refusal)) return `${String(error)}`;
  }
  // A collection in between makes the difference small or negative: it is a lower bound.
  if (allocated() - before > 200 * input.length + 2_000_000) return `allocates ${allocated() - before} bytes`;
  if (performance.now() - started > SLOW && duration(parse, input) > SLOW)
    return `takes more than ${SLOW} ms`;
  // oxlint-enable tests/no-stopwatch
  return undefined;
}

describe(`${RUNS} mutated inputs a parser, seed ${SEED}`, () => {
  // oxlint-disable-next-line tests/one-patience -- a longer run takes longer
  it.each(parsers)('%s', { timeout: PATIENCE }, async (_name, parse, makeSeeds) => {
    const seeds = await makeSeeds();
    for (const seed of seeds) fault(parse, seed);
    const next = random(SEED);
    for (let run = 0; run < RUNS; run++) {
      const input = mutate(seeds[run % seeds.length] as Uint8Array, seeds, next);
      const found = fault(parse, input);
      if (found !== undefined) expect.fail(`${found}: run ${run}, ${Buffer.from(input).toString('base64')}`);
    }
  });
});
