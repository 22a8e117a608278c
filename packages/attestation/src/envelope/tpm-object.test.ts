/** TPM quotes and Azure's composites in the JSON of Confidential Containers' agents: lists of bytes (version 0), hexadecimal and base64 (1 and 2). */
import { rsaKey } from '@gaiwan/attestation-kit';
import { FAKE_NOW, type FakeAmd, fakeAmd, fakeIntel, fakeTpm, pem } from '@gaiwan/attestation-kit/machines';
import { beforeAll, describe, expect, it } from 'vitest';
import { hcl } from '../../test/hcl.ts';
import { concat, toHex, utf8Bytes } from '../bytes.ts';
import { crypto } from '../crypto/node.ts';
import { Refusal } from '../refusal.ts';
import { chooseEndorsements } from '../sources/choose.ts';
import { verify } from '../verify.ts';
import { openEvidence } from './open.ts';

const PCRS = 24;
const list = (bytes: Uint8Array) => [...bytes];
const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64');
const base64url = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64url');
const pcrOf = (index: number) => new Uint8Array(32).fill(index + 1);
const allPcrs = new Map(Array.from({ length: PCRS }, (_, index) => [index, pcrOf(index)] as const));

let amd: FakeAmd;
let tpm: Awaited<ReturnType<typeof fakeTpm>>;
/** A machine of Azure's shape: hardware, runtime claims, and a quote signed without framing. */
let azure: { hclReport: Uint8Array; attest: Uint8Array; rawSignature: Uint8Array };
beforeAll(async () => {
  const key = await rsaKey('pkcs1');
  [amd, tpm] = await Promise.all([fakeAmd(), fakeTpm()]);
  const modulus = key.spki.subarray(-261, -5);
  const jwk = { kid: 'HCLAkPub', kty: 'RSA', e: 'AQAB', n: base64url(modulus) };
  const claims = utf8Bytes(JSON.stringify({ keys: [jwk], 'vm-configuration': {}, 'user-data': '00' }));
  const reportData = toHex(await crypto.digest('sha256', claims)).padEnd(128, '0');
  const { attest } = await tpm.quote({ pcrs: allPcrs });
  const hclReport = hcl(claims, { report: await amd.report({ reportData }) });
  azure = { hclReport, attest, rawSignature: await key.sign(attest) };
});

/** Verifies with the endorsements that came in the same JSON. */
async function verdict(json: unknown, roots: object): Promise<string> {
  const bytes = utf8Bytes(JSON.stringify(json));
  const { evidence } = openEvidence(bytes);
  const { endorsements } = chooseEndorsements([{ name: 'evidence', bytes }], evidence, FAKE_NOW);
  const more = { caChain: concat(amd.ask.der, amd.ark.der), trustedAk: tpm.key.spki };
  const result = await verify(evidence, { ...endorsements, ...more }, { at: FAKE_NOW, roots });
  return result.verdict === 'refused' ? `${result.reason} ${result.message}` : `verified ${result.kind}`;
}

function refusalOf(json: unknown): Refusal {
  try {
    openEvidence(utf8Bytes(JSON.stringify(json)));
  } catch (error) {
    if (error instanceof Refusal) return error;
    throw error;
  }
  throw new Error('it was opened');
}

describe('M2: a composite of Azure', () => {
  const pcrs = (write: (bytes: Uint8Array) => unknown) => Array.from(allPcrs.values(), write);
  const shapes = {
    'version 0': () => ({
      quote: { message: list(azure.attest), pcrs: pcrs(list), signature: list(azure.rawSignature) },
      report: list(azure.hclReport),
      vcek: new TextDecoder().decode(pem(amd.leaf.der)),
    }),
    'version 1': () => ({
      version: 1,
      tpm_quote: { signature: toHex(azure.rawSignature), message: toHex(azure.attest), pcrs: pcrs(toHex) },
      hcl_report: base64(azure.hclReport),
      vcek: base64(amd.leaf.der),
    }),
    'version 2, in the evidence of a request': () => ({
      tee: 'az-snp-vtpm',
      evidence: {
        version: 2,
        tpm_quote: {
          signature: base64(azure.rawSignature),
          message: base64url(azure.attest),
          pcrs: pcrs(base64),
        },
        hcl_report: base64url(azure.hclReport),
        vcek: base64url(amd.leaf.der),
      },
    }),
  };

  it.each(Object.entries(shapes))('%s verifies with the certificate that it brings', async (_name, shape) => {
    expect(await verdict(shape(), { amd: [amd.ark.der] })).toBe('verified azure-vtpm');
  });

  it('without its parts is refused by what is missing', () => {
    const whole = shapes['version 1']();
    const { tpm_quote, ...without } = whole;
    expect(refusalOf(without)).toMatchObject({ code: 'missing-evidence' });
    const { pcrs: _none, ...quote } = tpm_quote;
    expect(refusalOf({ ...whole, tpm_quote: quote }).message).toContain('PCRs');
    for (const wrong of [[], pcrs(toHex).slice(1), pcrs(() => 'x')])
      expect(refusalOf({ ...whole, tpm_quote: { ...tpm_quote, pcrs: wrong } }).message).toContain('PCRs');
  });

  it.each<[string, () => Promise<unknown>]>([
    ['a report of the hardware that is not the one inside', async () => toHex(await amd.report())],
    [
      'a quote of a TD beside a report of SNP',
      async () => base64(await (await fakeIntel()).quote({ tee: 'tdx' })),
    ],
  ])('beside %s is refused by both places', async (_what, other) => {
    const json = { ...shapes['version 1'](), other: await other() };
    expect(refusalOf(json)).toMatchObject({ code: 'malformed' });
    expect(refusalOf(json).message).toContain('several pieces of evidence: "hcl_report", "other"');
  });

  it('beside the report that is inside, too, verifies', async () => {
    const inside = toHex(azure.hclReport.subarray(32, 32 + 1184));
    expect(await verdict({ ...shapes['version 1'](), report: inside }, { amd: [amd.ark.der] })).toBe(
      'verified azure-vtpm',
    );
  });

  it('with a value that was changed does not verify', async () => {
    const whole = shapes['version 1']();
    const changed = whole.tpm_quote.pcrs.with(3, '00'.repeat(32));
    const found = await verdict(
      { ...whole, tpm_quote: { ...whole.tpm_quote, pcrs: changed } },
      { amd: [amd.ark.der] },
    );
    expect(found).toContain('pcr-digest-mismatch');
  });
});

describe('a quote of a TPM', () => {
  it('with its key, as an area of the TPM or as a public key', async () => {
    const quote = await tpm.quote({ pcrs: allPcrs });
    const tpm_quote = {
      message: base64(quote.attest),
      signature: base64(quote.signature),
      pcrs: Array.from(allPcrs.values(), toHex),
    };
    for (const ak_public of [base64(tpm.publicArea), base64(tpm.key.spki)])
      expect(await verdict({ report_data: base64(new Uint8Array(64)), tpm_quote, ak_public }, {})).toBe(
        'verified tpm',
      );
  });

  it('over some registers, their values alone or those of all', async () => {
    const some = new Map([2, 7, 11].map((index) => [index, pcrOf(index)] as const));
    const quote = await tpm.quote({ pcrs: some });
    const parts = { message: base64(quote.attest), signature: base64(quote.signature) };
    for (const values of [some, allPcrs]) {
      const json = {
        tpm_quote: { ...parts, pcrs: Array.from(values.values(), toHex) },
        ak_public: base64(tpm.key.spki),
      };
      expect(await verdict(json, {})).toBe('verified tpm');
    }
  });

  it('beside other evidence is refused by both places', async () => {
    const quote = await tpm.quote({ pcrs: allPcrs });
    const json = { tpm: { message: base64(quote.attest) }, report: toHex(await amd.report()) };
    expect(refusalOf(json).message).toContain('"report", "tpm"');
  });
});
