/** Keys of accounts: what the platform keeps of them, and the one place that verifies a signature. */
import { createPublicKey, type KeyObject, verify } from 'node:crypto';
import { algorithmOfKey, SIGNATURE_BYTES } from '@gaiwan/protocol';
import { sha256Hex } from './sha256.ts';

/** A key that an account has or had. */
export interface AccountKey {
  /** SHA-256 (hex) of the public key. */
  readonly id: string;
  /** SPKI (DER): Ed25519 or P-256. */
  readonly publicKey: Uint8Array;
  /** ms since the epoch. */
  readonly since: number;
}

/** Only the current key, or the recovery code, changes any of it. */
export interface AccountKeys {
  readonly current: AccountKey;
  /** Replaced ones, oldest first: what they have signed stays verifiable. */
  readonly former: readonly AccountKey[];
  /** PHC string of the recovery code's hash (argon2id). */
  readonly recovery: string;
}

/** Undefined for bytes that are no public key of a kind that is taken, written in the one way that it can be. */
export function readPublicKey(spki: Uint8Array): KeyObject | undefined {
  if (algorithmOfKey(spki) === undefined) return undefined;
  try {
    return createPublicKey({ key: Buffer.from(spki), format: 'der', type: 'spki' });
  } catch {
    // A point that is not on the curve.
    return undefined;
  }
}

export const keyId = (spki: Uint8Array): string => sha256Hex(spki);

/**
 * Is it the key's signature of these bytes? An ES256 signature has a twin (r, n - s) that verifies too; nothing here takes a signature
 * for a name, so that gains nobody anything.
 */
export function isSignedBy(spki: Uint8Array, bytes: Uint8Array, signature: Uint8Array): boolean {
  const key = readPublicKey(spki);
  if (!key || signature.length !== SIGNATURE_BYTES) return false;
  return key.asymmetricKeyType === 'ed25519'
    ? verify(null, bytes, key, signature)
    : verify('sha256', bytes, { key, dsaEncoding: 'ieee-p1363' }, signature);
}
