/** Evidence in the forms in which machines and tools send it. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import {
  certificateTable,
  ecKey,
  FAKE_NOW,
  type FakeAmd,
  type FakeIntel,
  fakeAmd,
  fakeArm,
  fakeAws,
  fakeIntel,
  makeCertificate,
  pem,
} from '@gaiwan/attestation-kit/machines';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { concat, toHex, utf8Bytes } from '../bytes.ts';
import { detect } from '../detect.ts';
import type { Evidence } from '../evidence.ts';
import { limits } from '../limits.ts';
import { Refusal } from '../refusal.ts';
import { verify } from '../verify.ts';
import { openEvidence } from './open.ts';

let intel: FakeIntel;
let amd: FakeAmd;
/** One of each kind that is one piece. */
let pieces: Record<string, Uint8Array>;
beforeAll(async () => {
  const [aws, arm] = await Promise.all([fakeAws(), fakeArm()]);
  [intel, amd] = await Promise.all([fakeIntel(), fakeAmd()]);
  pieces = {
    dcap: await intel.quote(),
    snp: await amd.report(),
    nitro: await aws.document(),
    cca: await arm.cca(),
    psa: (await arm.tokens()).platform,
  };
});

const bytesOf = (evidence: Evidence): Uint8Array => {
  switch (evidence.kind) {
    case 'dcap':
      return evidence.quote;
    case 'snp':
      return evidence.report;
    case 'nitro':
      return evidence.document;
    case 'cca':
    case 'psa':
      return evidence.token;
    default:
      throw new Error(`evidence of the kind ${evidence.kind}`);
  }
};

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');
const wrapped = (text: string, width: number): string =>
  text.replace(new RegExp(`.{1,${width}}`, 'g'), '$&\n');

/** Texts of bytes, as tools write them. */
const texts: Record<string, (bytes: Uint8Array) => string> = {
  hexadecimal: toHex,
  'with 0x': (bytes) => `0x${toHex(bytes)}`,
  'in capitals': (bytes) => toHex(bytes).toUpperCase(),
  'of xxd -p': (bytes) => wrapped(toHex(bytes), 60),
  base64,
  'in lines': (bytes) => wrapped(base64(bytes), 76).replaceAll('\n', '\r\n'),
  base64url: (bytes) => Buffer.from(bytes).toString('base64url'),
  'base64url with padding': (bytes) => base64(bytes).replaceAll('+', '-').replaceAll('/', '_'),
};
/** Values of JSON for bytes. */
const values: Record<string, (bytes: Uint8Array) => unknown> = {
  ...texts,
  'a list of bytes': (bytes) => [...bytes],
};

function refusalOf(file: string | Uint8Array): Refusal {
  try {
    openEvidence(typeof file === 'string' ? utf8Bytes(file) : file);
  } catch (error) {
    if (error instanceof Refusal) return error;
    throw error;
  }
  throw new Error('it was opened');
}

describe('M2: evidence as text', () => {
  it.each(Object.entries(texts))('%s', (_name, write) => {
    for (const [kind, bytes] of Object.entries(pieces)) {
      for (const text of [write(bytes), `\uFEFF\n${write(bytes)}\n`, JSON.stringify(write(bytes))]) {
        const { evidence, form } = openEvidence(utf8Bytes(text));
        expect(evidence.kind).toBe(kind);
        expect(bytesOf(evidence)).toEqual(bytes);
        expect(form).toBeDefined();
      }
    }
  });

  it('PEM of any label', () => {
    for (const bytes of Object.values(pieces)) {
      const text = `-----BEGIN ATTESTATION EVIDENCE-----\n${wrapped(base64(bytes), 64)}-----END ATTESTATION EVIDENCE-----\n`;
      const { evidence, form, at } = openEvidence(utf8Bytes(text));
      expect(bytesOf(evidence)).toEqual(bytes);
      expect([form, at]).toEqual(['PEM', 'ATTESTATION EVIDENCE']);
    }
  });

  it('bytes as they are', () => {
    for (const [kind, bytes] of Object.entries(pieces))
      expect(openEvidence(bytes)).toMatchObject({ evidence: { kind }, form: undefined });
  });
});

describe('M2: evidence inside JSON', () => {
  it.each([
    [
      'dstack',
      (quote: string) => ({
        quote: `0x${quote}`,
        event_log: '[]',
        report_data: '00'.repeat(64),
        vm_config: '',
      }),
      'quote',
    ],
    [
      'a service of Phala',
      (quote: string) => ({
        signing_address: `0x${'22'.repeat(20)}`,
        intel_quote: quote,
        info: { tcb_info: { mrtd: 'dd'.repeat(48) } },
      }),
      'intel_quote',
    ],
    [
      'a request to a KBS',
      (quote: string) => ({
        tee: 'tdx',
        evidence: JSON.stringify({ primary_evidence: { cc_eventlog: null, quote } }),
      }),
      'evidence.primary_evidence.quote',
    ],
    [
      'the same in base64',
      (quote: string) => ({ evidence: Buffer.from(JSON.stringify({ quote })).toString('base64url') }),
      'evidence.quote',
    ],
    ['a list', (quote: string) => [{ device: 'gpu' }, { quote }], '[1].quote'],
  ])('%s', (_name, wrap, at) => {
    const quote = pieces['dcap'] as Uint8Array;
    const opened = openEvidence(utf8Bytes(JSON.stringify(wrap(toHex(quote)))));
    expect(opened).toMatchObject({ form: 'JSON', at, evidence: { kind: 'dcap' } });
    expect(bytesOf(opened.evidence)).toEqual(quote);
  });

  it('any kind, under any name, at any depth, in any encoding', () => {
    const names = fc
      .string({ minLength: 1, maxLength: 12 })
      .filter((name) => name !== '__proto__' && name !== 'kind');
    const shells = fc.record({
      kind: fc.constantFrom('dcap', 'snp', 'nitro', 'cca', 'psa'),
      write: fc.constantFrom(...Object.keys(values)),
      path: fc.array(fc.oneof(names, fc.constant(0)), { minLength: 1, maxLength: 6 }),
      noise: fc.jsonValue({ maxDepth: 2 }),
      asText: fc.boolean(),
    });
    fc.assert(
      fc.property(shells, ({ kind, write, path, noise, asText }) => {
        const bytes = pieces[kind] as Uint8Array;
        let value: unknown = (values[write] as (bytes: Uint8Array) => unknown)(bytes);
        for (const [index, step] of path.toReversed().entries()) {
          value = typeof step === 'number' ? [value] : { [step]: value, [`${step} beside`]: noise };
          if (asText && index === 0) value = JSON.stringify(value);
        }
        if (typeof value === 'string') value = { outer: value };
        const { evidence } = openEvidence(utf8Bytes(JSON.stringify(value)));
        expect(evidence.kind).toBe(kind);
        expect(bytesOf(evidence)).toEqual(bytes);
      }),
      { numRuns: 100 },
    );
  });

  it('twice the same is one; two that differ are refused by their places', async () => {
    const [first, second] = [
      toHex(pieces['dcap'] as Uint8Array),
      base64(await intel.quote({ reportData: 'ab'.repeat(64) })),
    ];
    const same = { a: first, b: { c: base64(pieces['dcap'] as Uint8Array) } };
    expect(openEvidence(utf8Bytes(JSON.stringify(same)))).toMatchObject({
      evidence: { kind: 'dcap' },
      at: 'a',
    });
    const both = refusalOf(JSON.stringify({ primary: { quote: first }, other: [second] }));
    expect(both).toMatchObject({ code: 'malformed' });
    expect(both.message).toContain('"primary.quote", "other[0]"');
    const kinds = refusalOf(JSON.stringify({ quote: first, report: toHex(pieces['snp'] as Uint8Array) }));
    expect(kinds.message).toContain('"quote", "report"');
  });

  it('names of members are quoted and cut where they are told', () => {
    const forged = '\nverdict: accepted\u202e';
    const report = (index: number) => {
      const bytes = Uint8Array.from(pieces['snp'] as Uint8Array);
      bytes[0x50] = index;
      return toHex(bytes);
    };
    const both = { [forged]: report(1), ['n'.repeat(100_000)]: report(2) };
    const { message } = refusalOf(JSON.stringify(both));
    expect(message).toContain('"\\nverdict: accepted\\u{202e}"');
    expect(message).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    expect(message.length).toBeLessThan(1000);
    const many = Object.fromEntries(
      Array.from({ length: 100 }, (_, index) => [`${index}${'n'.repeat(300)}`, report(index)]),
    );
    expect(refusalOf(JSON.stringify(many)).message).toMatch(/and 92 more\. Give one/);
  });

  it('keys beside evidence are pieces, too, and counted', () => {
    const keys = Array.from({ length: limits.envelopePieces.value + 1 }, () => ({ ak_pub: 'ab'.repeat(20) }));
    expect(refusalOf(JSON.stringify(keys)).message).toContain('more than');
  });

  it('in a text are counted as outside of one: another one cannot hide behind many', async () => {
    const first = toHex(pieces['dcap'] as Uint8Array);
    const other = toHex(await intel.quote({ reportData: 'ab'.repeat(64) }));
    const many = Array.from({ length: limits.envelopePieces.value }, () => first);
    for (const list of [
      [...many, other],
      [first, other],
    ])
      expect(refusalOf(JSON.stringify({ n: JSON.stringify(list) })).message).toMatch(/more than|several/);
    // What only begins like JSON is a text.
    expect(openEvidence(utf8Bytes(JSON.stringify({ n: '{no JSON', quote: first }))).evidence.kind).toBe(
      'dcap',
    );
  });

  it('without any, too deep, or cut off: refused', () => {
    for (const text of [
      '{}',
      '[]',
      '""',
      '{"quote":"00"}',
      '{"a":{"b":"hello world, hello world"}}',
      '{"quote":',
      `${'['.repeat(40)}${']'.repeat(40)}`,
    ])
      expect(refusalOf(text).code).toBe('malformed');
    const many = Array.from({ length: limits.envelopePieces.value + 1 }, () =>
      toHex(pieces['snp'] as Uint8Array),
    );
    expect(refusalOf(JSON.stringify(many)).message).toContain('more than');
    // Texts inside texts are opened as far as the limit goes, and no further.
    let nested = JSON.stringify({ quote: toHex(pieces['dcap'] as Uint8Array) });
    for (let depth = 0; depth < limits.envelopeNesting.value; depth++) nested = JSON.stringify({ n: nested });
    expect(openEvidence(utf8Bytes(nested)).evidence.kind).toBe('dcap');
    expect(refusalOf(JSON.stringify({ n: nested })).code).toBe('malformed');
  });
});

describe('evidence with something around it', () => {
  it('an SNP report with the certificate table of the host behind it', async () => {
    const table = certificateTable([['63da758d-e664-4564-adc5-f4b93be8accd', amd.leaf.der]]);
    const report = pieces['snp'] as Uint8Array;
    expect(openEvidence(concat(report, table))).toEqual({
      evidence: { kind: 'snp', report },
      form: 'extended report',
    });
    for (const behind of [Uint8Array.of(1, 2, 3), new Uint8Array(48)])
      expect(refusalOf(concat(report, behind)).code).toBe('malformed');
    expect(refusalOf(toHex(new Uint8Array(2000))).code).toBe('malformed');
  });

  it('a report of Open Enclave: its header, the quote', () => {
    const text = toHex(concat(new Uint8Array(16), pieces['dcap'] as Uint8Array));
    const { evidence } = openEvidence(utf8Bytes(text));
    expect(bytesOf(evidence)).toEqual(pieces['dcap']);
  });

  it('a certificate with evidence about its key, where nothing else is there', async () => {
    const { der } = await makeCertificate({
      subject: 's',
      key: await ecKey('P-256'),
      extensions: { '1.2.840.113741.1337.6': pieces['dcap'] as Uint8Array },
    });
    for (const app_cert of [base64(der), new TextDecoder().decode(pem(der))])
      expect(openEvidence(utf8Bytes(JSON.stringify({ app_cert }))).evidence.kind).toBe('ra-tls');
    const beside = { app_cert: base64(der), report: toHex(pieces['snp'] as Uint8Array) };
    expect(openEvidence(utf8Bytes(JSON.stringify(beside))).evidence.kind).toBe('snp');
  });

  it('what was opened is what verifies', async () => {
    const options = { at: FAKE_NOW, roots: { intel: [intel.root.der], amd: [amd.ark.der] } };
    const quote = openEvidence(utf8Bytes(JSON.stringify({ quote: base64(pieces['dcap'] as Uint8Array) })));
    expect(await verify(quote.evidence, await intel.endorsements('tdx'), options)).toMatchObject({
      verdict: 'verified',
    });
  });
});

const vectors = new URL('../../../../../shared/attestation/vectors/', import.meta.url);
const present = existsSync(vectors);
if (!present)
  console.warn('SKIPPED: shared/attestation/vectors is not on this machine: real evidence in envelopes');

describe.skipIf(!present)('real evidence', () => {
  it.each(['dcap', 'snp', 'nitro', 'cca', 'psa'])('%s is opened in every form', (folder) => {
    // Evidence that was broken on purpose may be no evidence where it is searched for.
    const files = readdirSync(new URL(`${folder}/`, vectors)).filter(
      (name) => /\.(bin|cbor|dat)$/.test(name) && !name.includes('-neg-'),
    );
    expect(files.length).toBeGreaterThan(0);
    for (const [index, file] of files.entries()) {
      const bytes = new Uint8Array(readFileSync(new URL(`${folder}/${file}`, vectors)));
      const writers = Object.values(values);
      const value = (writers[index % writers.length] as (bytes: Uint8Array) => unknown)(bytes);
      for (const form of [utf8Bytes(JSON.stringify({ evidence: [{ value }] })), utf8Bytes(base64(bytes))])
        expect(openEvidence(form).evidence, file).toEqual(detect(bytes));
    }
  });
});
