/** A state of the store, as outsiders can remember it. */

/** A state of the store, by which an older one, or another, can be told from it. */
export interface StoreHead {
  /** Begins with 1; only a recovery raises it. */
  readonly epoch: number;
  /** Transactions since the store was made. */
  readonly commits: number;
  /** SHA-256 over the root over all rows: 32 bytes. */
  readonly digest: Uint8Array;
}

const DIGEST_BYTES = 32;
export const HEAD_BYTES = 16 + DIGEST_BYTES;

/** epoch (8, big-endian) | commits (8) | digest (32); zeros for none */
export function headBytes(head: StoreHead | undefined): Buffer {
  const bytes = Buffer.alloc(HEAD_BYTES);
  if (head === undefined) return bytes;
  bytes.writeBigUInt64BE(BigInt(head.epoch));
  bytes.writeBigUInt64BE(BigInt(head.commits), 8);
  bytes.set(head.digest, 16);
  return bytes;
}

/** Of bytes that were authenticated before. */
export function headIn(bytes: Buffer): StoreHead | undefined {
  const epoch = Number(bytes.readBigUInt64BE());
  if (epoch === 0) return undefined;
  const digest = Uint8Array.from(bytes.subarray(16, HEAD_BYTES));
  return { epoch, commits: Number(bytes.readBigUInt64BE(8)), digest };
}

export function isSameHead(a: StoreHead | undefined, b: StoreHead | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return a.epoch === b.epoch && a.commits === b.commits && Buffer.compare(a.digest, b.digest) === 0;
}

/** What an anchor was last known to have, and what it was asked to take since. */
export interface Tickets {
  readonly confirmed: StoreHead | undefined;
  readonly asked: StoreHead | undefined;
}

export const NO_TICKETS: Tickets = { confirmed: undefined, asked: undefined };
