/** How far a platform's data have come, and what its instance signs about it. */
import { createHash, createPublicKey, verify } from 'node:crypto';

/** One durable state of an instance. */
export interface PlatformState {
  /** From 1 on: each recovery of the platform, which may hide that its data were put back, begins another. */
  readonly epoch: number;
  /** Transactions since the data folder was made. */
  readonly commits: number;
  /** 32 bytes: of the root over all records. */
  readonly digest: Uint8Array;
}

/** What is signed. */
export interface StatedState extends PlatformState {
  /** 32 bytes: SHA-256 of the public key that the statement is signed with. */
  readonly instance: Uint8Array;
  /** 32 random bytes of whoever asks. */
  readonly nonce: Uint8Array;
  /** By the platform's clock: milliseconds since 1970. */
  readonly time: number;
}

/** Of an instance id, a nonce and a digest. */
export const STATE_BYTES = 32;
const SIGNATURE_BYTES = 64;
/** SubjectPublicKeyInfo of Ed25519 (RFC 8410), before the key itself. */
const ED25519_SPKI = Buffer.from('302a300506032b6570032100', 'hex');
/** Another form of the statement gets another label. */
const LABEL = 'gaiwan-state/1\0';

/**
 * The bytes under the signature: the label, instance, epoch, commits, time (8 bytes each, big-endian), digest and nonce. Each has a
 * length of its own, so that no two statements give the same bytes.
 *
 * @throws {TypeError} for a part of another length, or a number that is none of these
 */
export function stateStatement({ instance, epoch, commits, time, digest, nonce }: StatedState): Uint8Array {
  for (const [name, part] of Object.entries({ instance, digest, nonce }))
    if (part.length !== STATE_BYTES)
      throw new TypeError(`the ${name} of a state has ${STATE_BYTES} bytes, not ${part.length}`);
  const numbers = Buffer.alloc(24);
  for (const [index, number] of [epoch, commits, time].entries()) {
    if (!Number.isSafeInteger(number) || number < 0)
      throw new TypeError(`a state is stated in whole numbers, not in ${number}`);
    numbers.writeBigUInt64BE(BigInt(number), 8 * index);
  }
  return new Uint8Array(Buffer.concat([Buffer.from(LABEL), instance, numbers, digest, nonce]));
}

/** Whether this key is the instance's, and signed this. Parts of a wrong length are signed by nobody. */
export function isStatedBy(publicKey: Uint8Array, stated: StatedState, signature: Uint8Array): boolean {
  const prefix = publicKey.subarray(0, ED25519_SPKI.length);
  if (publicKey.length !== ED25519_SPKI.length + 32 || !ED25519_SPKI.equals(prefix)) return false;
  if (signature.length !== SIGNATURE_BYTES || stated.digest.length !== STATE_BYTES) return false;
  if (!createHash('sha256').update(publicKey).digest().equals(stated.instance)) return false;
  const key = createPublicKey({ key: Buffer.from(publicKey), format: 'der', type: 'spki' });
  return verify(null, stateStatement(stated), key, signature);
}
