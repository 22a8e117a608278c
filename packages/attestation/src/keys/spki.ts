/** SubjectPublicKeyInfo and AlgorithmIdentifier: what kind of key, what kind of signature. */

import { byteAt } from '../bytes.ts';
import { type Curve, curveBytes, type Hash, type PublicKey, type SignatureScheme } from '../crypto/crypto.ts';
import { context, type Der, derOf, oidText, tag } from '../der/reader.ts';
import { limits } from '../limits.ts';
import { Refusal } from '../refusal.ts';

const curves: Readonly<Record<string, Curve>> = {
  '1.2.840.10045.3.1.7': 'P-256',
  '1.3.132.0.34': 'P-384',
  '1.3.132.0.35': 'P-521',
};

/** Bits of the modulus of an RSAPublicKey. */
function modulusBits(rsaPublicKey: Uint8Array): number {
  const parts = derOf(rsaPublicKey, tag.sequence).children();
  const { content } = parts.next(tag.integer);
  parts.next(tag.integer);
  parts.end();
  const first = content.findIndex((byte) => byte !== 0);
  return first < 0 ? 0 : (content.length - first) * 8 - Math.clz32(byteAt(content, first)) + 24;
}

/** The key of a SubjectPublicKeyInfo (DER). Throws `Refusal` "malformed" or "unsupported-key-type". */
export function publicKeyOf(spki: Uint8Array): PublicKey {
  const parts = derOf(spki, tag.sequence).children();
  const algorithm = parts.next(tag.sequence).children();
  const bits = parts.next(tag.bitString).bits();
  parts.end();
  const oid = oidText(algorithm.next(tag.oid).content);
  if (oid === '1.2.840.10045.2.1') {
    const curve = curves[oidText(algorithm.next(tag.oid).content)];
    if (curve === undefined)
      throw new Refusal('unsupported-key-type', 'An elliptic curve that is not P-256, P-384 or P-521.');
    if (bits.length !== 1 + 2 * curveBytes[curve] || bits[0] !== 4) {
      throw new Refusal('unsupported-key-type', 'An elliptic curve point that is not in uncompressed form.');
    }
    return { type: 'ec', curve, point: bits };
  }
  if (oid === '1.2.840.113549.1.1.1') {
    const size = modulusBits(bits);
    if (size < 2048 || size > limits.rsaBits.value)
      throw new Refusal('unsupported-key-type', `An RSA key of ${size} bits.`);
    return { type: 'rsa', spki, bits: size };
  }
  if (oid === '1.3.101.112' && bits.length === 32) return { type: 'ed25519', raw: bits };
  throw new Refusal('unsupported-key-type', `A key of the kind ${oid}.`);
}

const schemes: Readonly<Record<string, SignatureScheme>> = {
  '1.2.840.10045.4.3.2': { name: 'ecdsa', hash: 'sha256' },
  '1.2.840.10045.4.3.3': { name: 'ecdsa', hash: 'sha384' },
  '1.2.840.10045.4.3.4': { name: 'ecdsa', hash: 'sha512' },
  '1.2.840.113549.1.1.11': { name: 'rsa-pkcs1', hash: 'sha256' },
  '1.2.840.113549.1.1.12': { name: 'rsa-pkcs1', hash: 'sha384' },
  '1.2.840.113549.1.1.13': { name: 'rsa-pkcs1', hash: 'sha512' },
  '1.3.101.112': { name: 'ed25519' },
};

const hashes: Readonly<Record<string, Hash>> = {
  '2.16.840.1.101.3.4.2.1': 'sha256',
  '2.16.840.1.101.3.4.2.2': 'sha384',
  '2.16.840.1.101.3.4.2.3': 'sha512',
};

/** RSASSA-PSS-params (RFC 4055): one hash for the content and for MGF1. */
function pssOf(parameters: Der): SignatureScheme {
  const parts = parameters.children();
  const digest = parts.next(context(0)).children().next(tag.sequence);
  const mask = parts.next(context(1)).children().next(tag.sequence).children();
  const salt = parts.next(context(2)).children().next(tag.integer).uint();
  const hash = hashes[oidText(digest.children().next(tag.oid).content)];
  const mgf1 = oidText(mask.next(tag.oid).content) === '1.2.840.113549.1.1.8';
  const maskHash = hashes[oidText(mask.next(tag.sequence).children().next(tag.oid).content)];
  if (hash === undefined || !mgf1 || maskHash !== hash || salt > 64) {
    throw new Refusal('unsupported-algorithm', 'PSS with parameters that are not used for attestation.');
  }
  return { name: 'rsa-pss', hash, salt };
}

/** The scheme of an AlgorithmIdentifier (DER). Throws `Refusal` "unsupported-algorithm", for SHA-1 too. */
export function schemeOf(algorithm: Uint8Array): SignatureScheme {
  const parts = derOf(algorithm, tag.sequence).children();
  const oid = oidText(parts.next(tag.oid).content);
  if (oid === '1.2.840.113549.1.1.10') return pssOf(parts.next(tag.sequence));
  const scheme = schemes[oid];
  if (scheme === undefined) throw new Refusal('unsupported-algorithm', `A signature of the kind ${oid}.`);
  return scheme;
}
