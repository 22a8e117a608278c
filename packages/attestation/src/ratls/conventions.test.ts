/** Every identifier under which certificates carry evidence, with the binding that goes with it. */
import { octets } from '@gaiwan/attestation-kit';
import {
  ecKey,
  FAKE_NOW,
  type FakeIntel,
  type FakeKey,
  fakeIntel,
  makeCertificate,
} from '@gaiwan/attestation-kit/machines';
import { beforeAll, describe, expect, it } from 'vitest';
import { concat, toHex, utf8Bytes } from '../bytes.ts';
import { crypto } from '../crypto/node.ts';
import { verify } from '../verify.ts';
import { parseCertificate } from '../x509/certificate.ts';
import { dstackEvidence } from './dstack.ts';
import { embeddedEvidence } from './extract.ts';

let intel: FakeIntel;
let session: FakeKey;
let endorsements: Awaited<ReturnType<FakeIntel['endorsements']>>;
beforeAll(async () => {
  [intel, session] = await Promise.all([fakeIntel(), ecKey('P-256')]);
  endorsements = await intel.endorsements('tdx');
});

const quoteFor = (reportData: Uint8Array) => intel.quote({ reportData: toHex(reportData).padEnd(128, '0') });
const hash = (name: 'sha256' | 'sha512', ...parts: Uint8Array[]) => crypto.digest(name, concat(...parts));
const certificate = async (oid: string, value: Uint8Array) =>
  (await makeCertificate({ subject: 'service', key: session, extensions: { [oid]: value } })).der;

async function verdict(oid: string, value: Uint8Array): Promise<string> {
  const result = await verify({ kind: 'ra-tls', certificate: await certificate(oid, value) }, endorsements, {
    at: FAKE_NOW,
    roots: { intel: [intel.root.der] },
  });
  return result.verdict === 'refused' ? result.reason : result.verdict;
}

/** PEM text of the key with the zero byte that ends it in C. */
function pemText(): Uint8Array {
  const lines =
    Buffer.from(session.spki)
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  return utf8Bytes(`-----BEGIN PUBLIC KEY-----\n${lines.join('\n')}\n-----END PUBLIC KEY-----\n\0`);
}

/** SCALE: version, platform, a compact length, the bytes, and whatever follows. */
function scale(version: number, platform: number, evidence: Uint8Array): Uint8Array {
  const length = new Uint8Array(4);
  new DataView(length.buffer).setUint32(0, evidence.length * 4 + 2, true);
  return concat(Uint8Array.of(version, platform), length, evidence, new Uint8Array(70));
}

describe("M1: Gramine's identifier, encoded as Gramine does it and as it should be", () => {
  it.each(['0.6.9.42.840.113741.1337.6', '1.2.840.113741.1337.6'])('%s', async (oid) => {
    for (const data of [await hash('sha256', session.spki), await hash('sha512', session.spki)]) {
      const quote = await quoteFor(data);
      expect(await verdict(oid, quote)).toBe('verified');
      expect(await verdict(oid, octets(quote))).toBe('verified');
    }
    const other = await ecKey('P-256');
    for (const data of [
      await hash('sha256', other.spki),
      await hash('sha512', other.spki),
      // A prefix is not enough: the rest of the report data counts, too.
      concat(await hash('sha256', session.spki), Uint8Array.of(1)),
      (await hash('sha512', session.spki)).subarray(0, 32),
    ])
      expect(await verdict(oid, await quoteFor(data))).toBe('key-binding');
  });
});

describe('Open Enclave, reports and evidence under both arcs', () => {
  it.each([
    '1.2.840.113556.10.1.1',
    '1.2.840.113556.10.1.2',
    '1.3.6.1.4.1.311.105.1',
    '1.3.6.1.4.1.311.105.2',
  ])('%s', async (oid) => {
    const quote = await quoteFor(await hash('sha256', pemText()));
    for (const header of [16, 28, 32]) {
      const value = concat(new Uint8Array(header), quote);
      expect(await verdict(oid, value)).toBe('verified');
      expect(await verdict(oid, octets(value))).toBe('verified');
    }
    expect(await verdict(oid, concat(new Uint8Array(17), quote))).toBe('malformed');
    const other = await quoteFor(await hash('sha256', session.spki));
    expect(await verdict(oid, concat(new Uint8Array(16), other))).toBe('key-binding');
  });
});

describe('dstack, bare and in its versioned attestation', () => {
  it.each([
    ['1.3.6.1.4.1.62397.1.1', (quote: Uint8Array) => quote],
    ['1.3.6.1.4.1.62397.1.8', (quote: Uint8Array) => scale(0, 0, quote)],
    ['1.3.6.1.4.1.62397.1.8', (quote: Uint8Array) => scale(0, 1, quote)],
  ] as const)('%s', async (oid, wrap) => {
    const quote = await quoteFor(await hash('sha512', utf8Bytes('ratls-cert:'), session.spki));
    expect(await verdict(oid, wrap(quote))).toBe('verified');
    expect(await verdict(oid, octets(wrap(quote)))).toBe('verified');
    const other = await quoteFor(await hash('sha512', session.spki));
    expect(await verdict(oid, wrap(other))).toBe('key-binding');
  });

  it('versions and platforms that are not known are refused, and lengths that lie', async () => {
    const quote = await quoteFor(await hash('sha512', utf8Bytes('ratls-cert:'), session.spki));
    for (const value of [scale(1, 0, quote), scale(0, 3, quote)])
      expect(await verdict('1.3.6.1.4.1.62397.1.8', value)).toBe('unsupported-version');
    for (const value of [[], [0], [0, 0], [0, 0, 3], [0, 0, 8, 1]])
      expect(() => dstackEvidence(Uint8Array.from(value))).toThrow(
        expect.objectContaining({ code: 'malformed' }),
      );
    for (const length of [0, 5, 63, 64, 700, 16_383, 16_384])
      expect(dstackEvidence(compactOf(length))).toHaveLength(length);
  });
});

/** The three forms of SCALE's lengths, each where it is the shortest. */
function compactOf(length: number): Uint8Array {
  const mode = length < 64 ? 0 : length < 16_384 ? 1 : 2;
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, length * 4 + mode, true);
  return concat(Uint8Array.of(0, 0), bytes.subarray(0, [1, 2, 4][mode]), new Uint8Array(length));
}

it('a certificate without evidence tells which extensions it has', async () => {
  const der = await certificate('1.2.3.4', new Uint8Array(1));
  expect(embeddedEvidence(parseCertificate(der))).toEqual([]);
  const options = { at: FAKE_NOW, roots: { intel: [intel.root.der] } };
  expect(await verify({ kind: 'ra-tls', certificate: der }, {}, options)).toMatchObject({
    reason: 'missing-evidence',
    message: expect.stringContaining('1.2.3.4'),
  });
});
