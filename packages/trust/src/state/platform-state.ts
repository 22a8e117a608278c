/** How far a platform's data have come, and what its instance signs about it. */
import { createHash, createPublicKey, verify } from 'node:crypto';

/** One durable state of an instance. */
export interface PlatformState {
  /** From 1 on: each recovery of the platform, which may hide that its data were rolled back, begins another. */
  readonly epoch: number;
  /** Transactions since the data folder was made. */
  readonly commits: number;
  /** 32 bytes: of the root over all records. */
  readonly digest: Uint8Array;
  /** 16 random bytes, which each start of the platform draws and keeps in its data. */
  readonly run: Uint8Array;
}

/** What a client says that it saw. */
export type SeenState = Pick<PlatformState, 'epoch' | 'commits' | 'run'>;

/** What is signed. */
export interface StatedState extends PlatformState {
  /** 32 bytes: SHA-256 of the public key that the statement is signed with. */
  readonly instance: Uint8Array;
  /** 32 random bytes of whoever asks. */
  readonly nonce: Uint8Array;
  /** What the asker says that it saw last; absent where it saw nothing. */
  readonly seen?: SeenState | undefined;
  /** Whether that is in the past of this state. */
  readonly follows: boolean;
  /** By the platform's clock: milliseconds since 1970. */
  readonly time: number;
}

/** Of an instance id, a nonce and a digest. */
export const STATE_BYTES = 32;
/** Of a run. */
export const RUN_BYTES = 16;
const SIGNATURE_BYTES = 64;
/** SubjectPublicKeyInfo of Ed25519 (RFC 8410), before the key itself. */
const ED25519_SPKI = Buffer.from('302a300506032b6570032100', 'hex');
/** Another form of the statement gets another label. */
const LABEL = 'gaiwan-state/1\0';

const NOTHING_SEEN: SeenState = { epoch: 0, commits: 0, run: new Uint8Array(RUN_BYTES) };

function eightBytes(...numbers: readonly number[]): Buffer {
  const bytes = Buffer.alloc(8 * numbers.length);
  for (const [index, number] of numbers.entries()) {
    if (!Number.isSafeInteger(number) || number < 0)
      throw new TypeError(`a state is stated in whole numbers, not in ${number}`);
    bytes.writeBigUInt64BE(BigInt(number), 8 * index);
  }
  return bytes;
}

function requireLength(bytes: Uint8Array, length: number): Uint8Array {
  if (bytes.length === length) return bytes;
  throw new TypeError(`a part of a state has ${length} bytes, not ${bytes.length}`);
}

/**
 * The bytes under the signature: the label, instance, epoch, commits, time (8 bytes each, big-endian), digest, run, nonce, what was
 * seen (epoch, commits, run; zeros for nothing), and 1 where the state follows it, else 0. Each has a length of its own, so that no two
 * statements give the same bytes.
 *
 * @throws {TypeError} for a part of another length, or a number that is none of these
 */
export function stateStatement(stated: StatedState): Uint8Array {
  const { instance, epoch, commits, time, digest, run, nonce, seen = NOTHING_SEEN, follows } = stated;
  const parts = [
    Buffer.from(LABEL),
    requireLength(instance, STATE_BYTES),
    eightBytes(epoch, commits, time),
    requireLength(digest, STATE_BYTES),
    requireLength(run, RUN_BYTES),
    requireLength(nonce, STATE_BYTES),
    eightBytes(seen.epoch, seen.commits),
    requireLength(seen.run, RUN_BYTES),
    Buffer.of(follows ? 1 : 0),
  ];
  return new Uint8Array(Buffer.concat(parts));
}

/** Whether this key is the instance's, and signed this. Parts of a wrong length are signed by nobody. */
export function isStatedBy(publicKey: Uint8Array, stated: StatedState, signature: Uint8Array): boolean {
  const prefix = publicKey.subarray(0, ED25519_SPKI.length);
  if (publicKey.length !== ED25519_SPKI.length + 32 || !ED25519_SPKI.equals(prefix)) return false;
  if (signature.length !== SIGNATURE_BYTES || stated.digest.length !== STATE_BYTES) return false;
  if (stated.run.length !== RUN_BYTES) return false;
  if (!createHash('sha256').update(publicKey).digest().equals(stated.instance)) return false;
  const key = createPublicKey({ key: Buffer.from(publicKey), format: 'der', type: 'spki' });
  return verify(null, stateStatement(stated), key, signature);
}
