/** Looking at evidence: formats that are no evidence by themselves, and what can be read of evidence that has a fault. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import {
  certificateTable,
  ecKey,
  type FakeEvent,
  fakeAmd,
  fakeEventLog,
  fakeIntel,
  fakeTpm,
  makeCertificate,
  pem,
} from '@gaiwan/attestation-kit/machines';
import { describe, expect, it } from 'vitest';
import { hcl } from '../test/hcl.ts';
import { concat, toHex, utf8Bytes } from './bytes.ts';
import { crypto } from './crypto/node.ts';
import { inspect } from './inspect.ts';

const le32 = (value: number) => {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value, true);
  return bytes;
};

/** A log of the first format: SHA-1 alone, and no mark at its beginning. */
async function firstFormat(events: readonly FakeEvent[]): Promise<Uint8Array> {
  const records = events.map(async ({ register, type, data }) =>
    concat(le32(register), le32(type), await crypto.digest('sha1', data), le32(data.length), data),
  );
  return concat(...(await Promise.all(records)));
}

const boot: readonly FakeEvent[] = [
  { register: 0, type: 8, data: utf8Bytes('1.0') },
  { register: 0xffffffff, type: 3, data: utf8Bytes('short') },
  { register: 4, type: 0x80000007, data: utf8Bytes('Calling EFI Application from Boot Option') },
  { register: 4, type: 4, data: new Uint8Array(4) },
];

describe('M3: event logs', () => {
  it('of SHA-1 alone are read, with and without padding, in hexadecimal', async () => {
    const log = await firstFormat(boot);
    for (const file of [log, concat(log, new Uint8Array(4096)), concat(log, new Uint8Array(100).fill(0xff))])
      expect(await inspect(file)).toMatchObject({
        kind: 'eventlog',
        claims: { format: 'sha1', events: 4, algorithms: { sha1: 20 }, logBytes: log.length },
      });
  });

  it('tell a second separator', async () => {
    const twice = [...boot, boot[3] as FakeEvent];
    for (const file of [await firstFormat(twice), await fakeEventLog(twice)])
      expect(await inspect(file)).toMatchObject({
        claims: { anomalies: ['second separator in register 4'] },
      });
  });

  it('are not seen in what only resembles one', async () => {
    const log = await firstFormat(boot);
    for (const bytes of [
      log.subarray(0, -1),
      concat(log, Uint8Array.of(1)),
      await firstFormat([{ register: 24, type: 4, data: new Uint8Array(4) }]),
      await firstFormat([{ register: 0, type: 0x13, data: new Uint8Array(4) }]),
      new Uint8Array(0),
      new Uint8Array(64),
    ])
      expect(await inspect(bytes)).toMatchObject({ verdict: 'refused', reason: 'malformed' });
  });
});

describe('an SNP report', () => {
  it.each([2, 3, 4, 5])(
    'of version %i is one, and no EPID quote, as it is, as text and with certificates behind it',
    async (version) => {
      const amd = await fakeAmd();
      const report = await amd.report({ version });
      const table = certificateTable([['63da758d-e664-4564-adc5-f4b93be8accd', amd.leaf.der]]);
      for (const file of [
        report,
        concat(report, table),
        utf8Bytes(toHex(report)),
        utf8Bytes(JSON.stringify([toHex(report)])),
      ])
        expect(await inspect(file)).toMatchObject({ kind: 'snp', claims: { version } });
    },
  );
});

describe('parts that are no evidence by themselves', () => {
  it('a bare TPMS_ATTEST, with its size before it, as text', async () => {
    const { attest } = await (await fakeTpm()).quote({ nonce: Uint8Array.of(1, 2) });
    const sized = concat(Uint8Array.of(attest.length >> 8, attest.length & 255), attest);
    for (const file of [
      attest,
      sized,
      utf8Bytes(toHex(attest)),
      utf8Bytes(Buffer.from(sized).toString('base64')),
    ])
      expect(await inspect(file)).toMatchObject({
        kind: 'tpm',
        claims: { type: '0x8018', extraData: '0102' },
      });
    expect(await inspect(attest.subarray(0, 20))).toMatchObject({ verdict: 'refused' });
  });

  it("an HCL report of Azure's", async () => {
    const report = hcl(utf8Bytes('{"keys":[]}'), { report: await (await fakeAmd()).report({ version: 4 }) });
    expect(await inspect(report)).toMatchObject({
      kind: 'azure-hcl',
      claims: { hardware: 'snp', runtimeClaims: { keys: [] }, report: { version: 4 } },
    });
  });
});

describe('what can be read is shown', () => {
  it('of a quote whose certificates cannot be', async () => {
    const intel = await fakeIntel();
    for (const certificationData of [utf8Bytes('nothing'), pem(intel.root.der), pem(new Uint8Array(9))])
      expect(await inspect(await intel.quote({ certificationData }))).toMatchObject({
        verdict: 'unverified',
        claims: { quoteVersion: 4, mrTd: 'dd'.repeat(48) },
        ...(certificationData.length > 7 && { unread: [{ part: 'the certificates of the quote' }] }),
      });
  });

  it('of a quote that is cut off behind its body, and of an SNP report of a version to come', async () => {
    const quote = await (await fakeIntel()).quote();
    for (const cut of [quote.subarray(0, 632), quote.subarray(0, -900)])
      expect(await inspect({ kind: 'dcap', quote: cut })).toMatchObject({
        claims: { quoteVersion: 4, mrTd: 'dd'.repeat(48) },
        unread: [{ part: 'the signature data of the quote', reason: 'malformed' }],
      });
    expect(await inspect({ kind: 'dcap', quote: quote.subarray(0, 631) })).toMatchObject({
      verdict: 'refused',
    });
    const amd = await fakeAmd();
    for (const [given, reason] of [
      [{ version: 6 }, 'unsupported-version'],
      [{ signatureAlgorithm: 2 }, 'unsupported-algorithm'],
      [{ keyInfo: 7 << 2 }, 'unsupported-key-type'],
    ] as const)
      expect(await inspect(await amd.report({ measurement: '5a'.repeat(48), ...given }))).toMatchObject({
        claims: { measurement: '5a'.repeat(48) },
        unread: [{ reason }],
      });
    for (const version of [0, 1])
      expect(await inspect(await amd.report({ version }))).toMatchObject({ reason: 'unsupported-version' });
  });

  it('of a TPM quote without its signature or its registers, and of a composite with a broken report', async () => {
    const tpm = await fakeTpm();
    const { attest, signature } = await tpm.quote();
    for (const parts of [{}, { signature }])
      expect(await inspect({ kind: 'tpm', attest, ...parts })).toMatchObject({
        claims: { type: '0x8018' },
        unread: [{ part: 'the parts beside the TPM structure' }],
      });
    const composite = { kind: 'azure-vtpm', attest, hclReport: new Uint8Array(5), pcrs: {} } as const;
    expect(await inspect(composite)).toMatchObject({
      claims: { type: '0x8018' },
      unread: [{ part: 'the HCL report', reason: 'malformed' }],
    });
  });

  it('of a certificate whose evidence cannot be', async () => {
    const key = await ecKey('P-256');
    for (const [oid, part] of [
      ['2.23.133.5.4.9', 'the evidence in the certificate'],
      ['1.2.840.113741.1337.6', 'the evidence under 1.2.840.113741.1337.6'],
    ] as const) {
      const { der } = await makeCertificate({
        subject: 's',
        key,
        extensions: { [oid]: utf8Bytes('nothing') },
      });
      const digest = toHex(await crypto.digest('sha256', key.spki));
      expect(await inspect(der)).toMatchObject({
        kind: 'ra-tls',
        claims: { subjectPublicKeySha256: digest },
        unread: expect.arrayContaining([expect.objectContaining({ part })]),
      });
    }
  });
});

const vectors = new URL('../../../../shared/attestation/vectors/', import.meta.url);
const present = existsSync(vectors);
if (!present)
  console.warn('SKIPPED: shared/attestation/vectors is not on this machine: real logs and TPM structures');

describe.skipIf(!present)('real files', () => {
  it.each([
    ['eventlog', /\.bin$/, 'eventlog'],
    ['tpm', /eventlog\.bin$/, 'eventlog'],
    ['tpm', /^tpm-[^n].*attest\.bin$/, 'tpm'],
    ['azure', /hcl\.bin$/, 'azure-hcl'],
    ['epid', /body\.bin$/, 'sgx-epid'],
    ['snp', /^snp\d-(?!neg).*\.bin$/, 'snp'],
    ['dcap', /^(sgx|tdx)\d-(?!neg).*\.bin$/, 'dcap'],
    ['nitro', /^nitro-(?!neg).*\.cbor$/, 'nitro'],
    ['cca', /^cca-(?!neg).*\.cbor$/, 'cca'],
  ])('%s %s', async (folder, pattern, kind) => {
    const files = readdirSync(new URL(`${folder}/`, vectors)).filter((name) => pattern.test(name));
    expect(files.length).toBeGreaterThan(0);
    for (const file of files) {
      const bytes = new Uint8Array(readFileSync(new URL(`${folder}/${file}`, vectors)));
      for (const form of [bytes, utf8Bytes(Buffer.from(bytes).toString('base64'))])
        expect(await inspect(form), file).toMatchObject({ verdict: 'unverified', kind });
    }
  });
});
