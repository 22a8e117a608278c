import { int, oid, sequence, time } from '@gaiwan/attestation-kit';
import { ecKey, makeCertificate, pem, rsaKey } from '@gaiwan/attestation-kit/machines';
import { describe, expect, it } from 'vitest';
import { fromHex, toHex, utf8Bytes } from '../bytes.ts';
import { publicKeyOf, schemeOf } from '../keys/spki.ts';
import { Refusal } from '../refusal.ts';
import { parseCertificate } from '../x509/certificate.ts';
import { orderChain, parseCertificates } from '../x509/chain.ts';
import { pemBlocks } from './pem.ts';
import { type Der, DerReader, derOf, oidText, rawSignature, tag, timeOf } from './reader.ts';

const one = (hex: string): Der => new DerReader(fromHex(hex)).next();

describe('reading DER', () => {
  it.each([
    ['', 'nothing'],
    ['30', 'no length'],
    ['3001', 'no content'],
    ['3080', 'an indefinite length'],
    ['308101', 'a length in a byte too many'],
    ['30820001', 'a length with a leading zero'],
    ['3085000000000100', 'a length of five bytes'],
    ['3084ffffffff', 'a length beyond everything'],
    ['1f8101', 'a tag of several bytes'],
  ])('%s is refused: %s', (hex) => {
    expect(() => one(hex)).toThrow(Refusal);
  });

  it('an element does not reach beyond its parent', () => {
    const outer = one('30053003020101');
    expect(() => new DerReader(fromHex('300402020101')).next().children().next().content).not.toThrow();
    expect(outer.children().next(tag.sequence).children().next(tag.integer).uint()).toBe(1);
    // The inner sequence claims one byte more than the outer one has.
    expect(() => one('30053004020101').children().next()).toThrow('ends after its parent');
    expect(() => derOf(fromHex('020101ff'), tag.integer)).toThrow('more than expected');
  });

  it('numbers and flags are minimal and in range', () => {
    expect(one('020200ff').uint()).toBe(255);
    expect(one('020500ffffffff').uint()).toBe(0xffffffff);
    for (const hex of ['0200', '0201ff', '02020001', '020601000000000000', '02050100000000'])
      expect(() => one(hex).uint(), hex).toThrow(Refusal);
    expect(one('0101ff').boolean()).toBe(true);
    for (const hex of ['010101', '0100', '0102ffff']) expect(() => one(hex).boolean(), hex).toThrow(Refusal);
    expect(() => one('03020700').bits()).toThrow(Refusal);
  });

  it('object identifiers', () => {
    for (const dotted of ['1.2.840.113741.1.13.1', '2.5.29.15', '2.999.3', '0.6.9.42.840.113741.1337.6']) {
      expect(oidText(derOf(oid(dotted === '2.999.3' ? '2.5.29' : dotted), tag.oid).content)).toBe(
        dotted === '2.999.3' ? '2.5.29' : dotted,
      );
    }
    expect(oidText(fromHex('883703'))).toBe('2.999.3');
    // Arcs of UUIDs (X.667), up to the largest.
    for (const arc of [2n ** 40n + 1n, 217480526904542005261856458574146152770n, 2n ** 128n - 1n]) {
      const dotted = `2.25.${arc}.1`;
      expect(oidText(derOf(oid(dotted), tag.oid).content)).toBe(dotted);
    }
    expect(() => oidText(derOf(oid(`2.25.${2n ** 128n}`), tag.oid).content)).toThrow(Refusal);
    for (const hex of ['', '80', '2a80', '2a8001', 'ffffffffffffffff7f', `2a${'ff'.repeat(20)}7f`])
      expect(() => oidText(fromHex(hex)), hex).toThrow(Refusal);
  });

  it('times', () => {
    const at = Date.parse('2026-11-24T10:00:00Z');
    expect(timeOf(derOf(time(at), tag.utcTime))).toBe(at);
    const later = Date.parse('2050-01-01T00:00:00Z');
    expect(timeOf(derOf(time(later - 1000), tag.utcTime))).toBe(later - 1000);
    expect(timeOf(derOf(time(later), tag.generalizedTime))).toBe(later);
    const utc = (text: string) =>
      timeOf(derOf(Uint8Array.of(tag.utcTime, text.length, ...utf8Bytes(text)), tag.utcTime));
    expect(utc('491231235959Z')).toBe(Date.parse('2049-12-31T23:59:59Z'));
    expect(utc('500101000000Z')).toBe(Date.parse('1950-01-01T00:00:00Z'));
    for (const text of [
      '4912312359Z',
      '491231235959',
      '490231000000Z',
      '491301000000Z',
      '490100000000Z',
      '491231240000Z',
      '491231236000Z',
      '4912312359590',
      '49123123595aZ',
      '',
    ]) {
      expect(() => utc(text), text).toThrow(Refusal);
    }
  });

  it('signatures of fixed size', () => {
    const ff = 'ff'.repeat(32);
    expect(toHex(rawSignature(fromHex(`30260201010221${`00${ff}`}`), 32) ?? new Uint8Array())).toBe(
      `${'00'.repeat(31)}01${ff}`,
    );
    for (const hex of [
      '3006020101020101ff',
      '300602010102ff01',
      '30050201010201',
      `3026020101022101${ff}`,
      '3007020200010201 01'.replace(' ', ''),
      '30060201ff020101',
      '3003020101',
    ]) {
      expect(rawSignature(fromHex(hex), 32), hex).toBeUndefined();
    }
  });
});

describe('keys and algorithms', () => {
  it('reads what it can use, and refuses the rest with a reason', async () => {
    expect(publicKeyOf((await ecKey('P-384')).spki)).toMatchObject({ type: 'ec', curve: 'P-384' });
    expect(publicKeyOf((await rsaKey('pkcs1')).spki)).toMatchObject({ type: 'rsa', bits: 2048 });
    const small = await globalThis.crypto.subtle.generateKey(
      { name: 'RSA-PSS', modulusLength: 1024, publicExponent: Uint8Array.of(1, 0, 1), hash: 'SHA-256' },
      true,
      ['sign', 'verify'],
    );
    const spki = new Uint8Array(await globalThis.crypto.subtle.exportKey('spki', small.publicKey));
    expect(() => publicKeyOf(spki)).toThrow('RSA key of 1024 bits');
    const compressed = Uint8Array.from((await ecKey('P-256')).spki);
    compressed[26] = 2;
    expect(() => publicKeyOf(compressed)).toThrow('uncompressed');
  });

  it('SHA-1 is no algorithm', () => {
    expect(() => schemeOf(sequence(oid('1.2.840.113549.1.1.5')))).toThrow(Refusal);
    expect(() => schemeOf(sequence(oid('1.2.840.10045.4.1')))).toThrow(Refusal);
    expect(schemeOf(sequence(oid('1.2.840.10045.4.3.2')))).toEqual({ name: 'ecdsa', hash: 'sha256' });
  });
});

describe('certificates', () => {
  it('are of version 3, with one algorithm and each extension once', async () => {
    const key = await ecKey('P-256');
    const { der } = await makeCertificate({ subject: 'a', key, ca: true, extensions: { '1.2.3': int(1) } });
    expect(parseCertificate(der)).toMatchObject({ basicConstraints: { ca: true, pathLength: undefined } });
    const twice = await makeCertificate({
      subject: 'a',
      key,
      extensions: { '1.2.3': int(1) },
      criticalExtensions: { '1.2.3': int(1) },
    });
    expect(() => parseCertificate(twice.der)).toThrow('twice');
    expect(() => parseCertificate(Uint8Array.from([...der, 0]))).toThrow(Refusal);
  });

  it('come as PEM, as DER, one after another, in any order', async () => {
    const root = await makeCertificate({ subject: 'root', key: await ecKey('P-256'), ca: true });
    const middle = await makeCertificate({
      subject: 'middle',
      key: await ecKey('P-256'),
      issuer: root,
      ca: true,
    });
    const leaf = await makeCertificate({ subject: 'leaf', key: await ecKey('P-256'), issuer: middle });
    const [a, b, c] = [leaf, root, middle].map(({ der }) => der) as [Uint8Array, Uint8Array, Uint8Array];
    for (const bytes of [pem(a, b, c), Uint8Array.from([...a, ...b, ...c])]) {
      const [first, ...others] = parseCertificates(bytes);
      expect(first && orderChain(first, others).map(({ der }) => toHex(der))).toEqual([a, c, b].map(toHex));
    }
    const text = `${new TextDecoder().decode(pem(a))}\0`;
    expect(pemBlocks(text, 'CERTIFICATE')).toHaveLength(1);
    expect(pemBlocks(text, 'X509 CRL')).toHaveLength(0);
    expect(() => parseCertificates(pem(...Array.from({ length: 33 }, () => a)))).toThrow('32 PEM blocks');
    expect(() => parseCertificates(new Uint8Array(2 * 1024 * 1024))).toThrow('chain of 2097152 bytes');
  });
});
