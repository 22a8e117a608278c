/**
 * What verification needs of cryptography, and nothing more: hashes and signature checks over public data. Two
 * implementations: `node:crypto` (synchronous underneath) and WebCrypto; package imports choose (`#crypto`).
 */
import { fromHex } from '../bytes.ts';

/** SHA-1 verifies only what callers let pass explicitly. */
export type Hash = 'sha1' | 'sha256' | 'sha384' | 'sha512';
/** NIST's curves that attestation uses. */
export type Curve = 'P-256' | 'P-384' | 'P-521';

/** Bytes of a field element, and so of r and of s. */
export const curveBytes: Readonly<Record<Curve, number>> = { 'P-256': 32, 'P-384': 48, 'P-521': 66 };
/** Bytes of a digest. */
export const hashBytes: Readonly<Record<Hash, number>> = { sha1: 20, sha256: 32, sha384: 48, sha512: 64 };

/** A public key as it came, not yet imported by an engine. */
export type PublicKey =
  /** `point`: uncompressed SEC1 point, 04 ‖ x ‖ y. */
  | { readonly type: 'ec'; readonly curve: Curve; readonly point: Uint8Array }
  /** `spki`: DER of a SubjectPublicKeyInfo with rsaEncryption; `bits`: size of the modulus. */
  | { readonly type: 'rsa'; readonly spki: Uint8Array; readonly bits: number }
  /** `raw`: 32 bytes. */
  | { readonly type: 'ed25519'; readonly raw: Uint8Array };

/** How a signature is made; the kind of key is checked against it (`fits`). */
export type SignatureScheme =
  /** Signature: r ‖ s, each of the curve's size. */
  | { readonly name: 'ecdsa'; readonly hash: Hash }
  | { readonly name: 'rsa-pkcs1'; readonly hash: Hash }
  /** `salt` in bytes; absent: as long as the hash, or as long as fits (TPMs do either). */
  | { readonly name: 'rsa-pss'; readonly hash: Hash; readonly salt?: number }
  | { readonly name: 'ed25519' };

/** An engine. Everything that is not public data stays out of it: there is no decryption and no signing. */
export interface Crypto {
  digest(hash: Hash, data: Uint8Array): Uint8Array | Promise<Uint8Array>;
  /** False for every signature that does not verify, malformed ones and unusable keys included; never throws for them. */
  verify(
    key: PublicKey,
    scheme: SignatureScheme,
    signature: Uint8Array,
    data: Uint8Array,
  ): boolean | Promise<boolean>;
}

/**
 * Whether this kind of key makes such signatures, of this length; so no algorithm field chooses how a key is used. The length is checked
 * here because engines differ: OpenSSL takes an RSA signature without its leading zeros, and RFC 8017 (8.1.2 and 8.2.2, step 1) does not.
 */
export function fits(key: PublicKey, scheme: SignatureScheme, signature: Uint8Array): boolean {
  if (key.type === 'ec') return scheme.name === 'ecdsa' && signature.length === 2 * curveBytes[key.curve];
  if (key.type === 'ed25519') return scheme.name === 'ed25519' && signature.length === 64;
  return scheme.name.startsWith('rsa-') && signature.length === Math.ceil(key.bits / 8);
}

/** DER of a SubjectPublicKeyInfo up to the point (RFC 5480). */
const ecPrefix: Readonly<Record<Curve, Uint8Array>> = {
  'P-256': fromHex('3059301306072a8648ce3d020106082a8648ce3d030107034200'),
  'P-384': fromHex('3076301006072a8648ce3d020106052b81040022036200'),
  'P-521': fromHex('30819b301006072a8648ce3d020106052b8104002303818600'),
};
/** DER of a SubjectPublicKeyInfo up to the key (RFC 8410). */
const ed25519Prefix = fromHex('302a300506032b6570032100');

/** SubjectPublicKeyInfo, DER. */
export function spkiOf(key: PublicKey): Uint8Array {
  if (key.type === 'rsa') return key.spki;
  const [prefix, rest] = key.type === 'ec' ? [ecPrefix[key.curve], key.point] : [ed25519Prefix, key.raw];
  const spki = new Uint8Array(prefix.length + rest.length);
  spki.set(prefix);
  spki.set(rest, prefix.length);
  return spki;
}
