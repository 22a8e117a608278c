import { generateKeyPairSync, sign } from 'node:crypto';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isSignedBy, keyId, readPublicKey } from './keys.ts';

const pairs = {
  Ed25519: generateKeyPairSync('ed25519'),
  'P-256': generateKeyPairSync('ec', { namedCurve: 'prime256v1' }),
};
const bytes = Buffer.from('what is signed');

describe.each(Object.entries(pairs))('a key of %s', (algorithm, { publicKey, privateKey }) => {
  const spki = publicKey.export({ type: 'spki', format: 'der' });
  const digest = algorithm === 'Ed25519' ? null : 'sha256';
  const signature = sign(digest, bytes, { key: privateKey, dsaEncoding: 'ieee-p1363' });

  it('verifies its own signature of these bytes alone', () => {
    expect(isSignedBy(spki, bytes, signature)).toBe(true);
    expect(isSignedBy(spki, Buffer.from('something else'), signature)).toBe(false);
    for (const other of Object.values(pairs))
      if (other.publicKey !== publicKey)
        expect(isSignedBy(other.publicKey.export({ type: 'spki', format: 'der' }), bytes, signature)).toBe(
          false,
        );
  });

  it('refuses a signature with any bit changed, cut, lengthened, or in DER', () => {
    for (let bit = 0; bit < 8 * signature.length; bit++) {
      const altered = Uint8Array.from(signature);
      altered[bit >> 3] = (altered[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(isSignedBy(spki, bytes, altered), `bit ${bit}`).toBe(false);
    }
    expect(isSignedBy(spki, bytes, signature.subarray(1))).toBe(false);
    expect(isSignedBy(spki, bytes, Buffer.concat([signature, Buffer.alloc(1)]))).toBe(false);
    expect(isSignedBy(spki, bytes, new Uint8Array(64))).toBe(false);
    if (digest) expect(isSignedBy(spki, bytes, sign(digest, bytes, privateKey))).toBe(false);
  });

  it('is named by the hash of all its bytes', () => {
    expect(keyId(spki)).toMatch(/^[0-9a-f]{64}$/);
    expect(keyId(spki)).not.toBe(keyId(spki.subarray(1)));
  });
});

describe('what is no key', () => {
  it('is a point that is not on the curve', () => {
    const spki = Buffer.from(pairs['P-256'].publicKey.export({ type: 'spki', format: 'der' }));
    spki.writeUInt8(spki.readUInt8(90) ^ 1, 90);
    expect(readPublicKey(spki)).toBeUndefined();
    expect(isSignedBy(spki, bytes, new Uint8Array(64))).toBe(false);
  });

  it('is a key of another kind', () => {
    const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'secp384r1' });
    expect(readPublicKey(publicKey.export({ type: 'spki', format: 'der' }))).toBeUndefined();
  });

  it('is any other bytes, and reading them never throws', () => {
    const head = fc.constantFrom(
      ...Object.values(pairs).map(({ publicKey }) => publicKey.export({ type: 'spki', format: 'der' })),
    );
    const altered = fc
      .tuple(head, fc.nat(), fc.uint8Array({ maxLength: 70 }))
      .map(([spki, at, junk]) => Buffer.concat([spki.subarray(0, at % spki.length), junk]));
    fc.assert(
      fc.property(altered, fc.uint8Array({ maxLength: 80 }), (spki, signature) => {
        expect(isSignedBy(spki, bytes, signature)).toBe(false);
      }),
    );
  });
});
