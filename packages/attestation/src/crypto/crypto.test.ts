import { ecKey, rsaKey } from '@gaiwan/attestation-kit/machines';
import { describe, expect, it } from 'vitest';
import { publicKeyOf } from '../keys/spki.ts';
import type { PublicKey, SignatureScheme } from './crypto.ts';
import { crypto as node } from './node.ts';
import { crypto as web } from './web.ts';

const message = new Uint8Array(100).fill(7);

describe.each([
  ['node:crypto', node],
  ['WebCrypto', web],
])('%s', (_name, crypto) => {
  const cases: [
    string,
    () => Promise<{ spki: Uint8Array; sign(data: Uint8Array): Promise<Uint8Array> }>,
    SignatureScheme,
  ][] = [
    ['P-256', () => ecKey('P-256'), { name: 'ecdsa', hash: 'sha256' }],
    ['P-384', () => ecKey('P-384'), { name: 'ecdsa', hash: 'sha384' }],
    ['PSS with a known salt', () => rsaKey('pss'), { name: 'rsa-pss', hash: 'sha384', salt: 48 }],
    ['PSS with any salt', () => rsaKey('pss'), { name: 'rsa-pss', hash: 'sha384' }],
    ['PKCS #1', () => rsaKey('pkcs1'), { name: 'rsa-pkcs1', hash: 'sha256' }],
  ];

  it.each(cases)('%s: good, changed, cut, empty, with another scheme', async (_what, make, scheme) => {
    const made = await make();
    const key = publicKeyOf(made.spki);
    const signature = await made.sign(message);
    expect(await crypto.verify(key, scheme, signature, message)).toBe(true);
    const changed = Uint8Array.from(message);
    changed[50] = 8;
    expect(await crypto.verify(key, scheme, signature, changed)).toBe(false);
    expect(await crypto.verify(key, scheme, signature.subarray(1), message)).toBe(false);
    expect(await crypto.verify(key, scheme, new Uint8Array(), message)).toBe(false);
    expect(await crypto.verify(key, scheme, new Uint8Array(signature.length), message)).toBe(false);
    expect(await crypto.verify(key, scheme, new Uint8Array(signature.length).fill(0xff), message)).toBe(
      false,
    );
    const other: SignatureScheme =
      key.type === 'ec' ? { name: 'rsa-pkcs1', hash: 'sha256' } : { name: 'ecdsa', hash: 'sha256' };
    expect(await crypto.verify(key, other, signature, message)).toBe(false);
  });

  it.each<[string, () => ReturnType<typeof rsaKey>, SignatureScheme]>([
    ['PSS with a known salt', () => rsaKey('pss'), { name: 'rsa-pss', hash: 'sha384', salt: 48 }],
    ['PSS with any salt', () => rsaKey('pss'), { name: 'rsa-pss', hash: 'sha384' }],
    ['PKCS #1', () => rsaKey('pkcs1'), { name: 'rsa-pkcs1', hash: 'sha256' }],
  ])('%s: an RSA signature without its leading zero, or with one more', async (_what, make, scheme) => {
    const made = await make();
    const key = publicKeyOf(made.spki);
    // One signature in 256 begins with a zero.
    let data = message;
    let signature = await made.sign(data);
    for (let count = 0; signature[0] !== 0; count += 1) {
      data = new TextEncoder().encode(`message ${count}`);
      signature = await made.sign(data);
    }
    expect(await crypto.verify(key, scheme, signature, data)).toBe(true);
    expect(await crypto.verify(key, scheme, signature.subarray(1), data)).toBe(false);
    expect(await crypto.verify(key, scheme, Uint8Array.of(0, ...signature), data)).toBe(false);
  });

  it('a point that is on no curve, and a key that is none, verify nothing', async () => {
    const point = new Uint8Array(65).fill(1);
    point[0] = 4;
    const keys: PublicKey[] = [
      { type: 'ec', curve: 'P-256', point },
      { type: 'ec', curve: 'P-256', point: new Uint8Array(65) },
      { type: 'rsa', spki: new Uint8Array(10), bits: 2048 },
      { type: 'ed25519', raw: new Uint8Array(31) },
    ];
    const schemes: SignatureScheme[] = [
      { name: 'ecdsa', hash: 'sha256' },
      { name: 'ecdsa', hash: 'sha256' },
      { name: 'rsa-pkcs1', hash: 'sha256' },
      { name: 'ed25519' },
    ];
    for (const [index, key] of keys.entries()) {
      expect(
        await crypto.verify(key, schemes[index] as SignatureScheme, new Uint8Array(64).fill(1), message),
      ).toBe(false);
    }
  });

  it('hashes', async () => {
    for (const [hash, size] of [
      ['sha1', 20],
      ['sha256', 32],
      ['sha384', 48],
      ['sha512', 64],
    ] as const) {
      expect(await crypto.digest(hash, message)).toHaveLength(size);
      expect(await crypto.digest(hash, message)).toEqual(await node.digest(hash, message));
    }
  });
});
