/** Batches of keys, as the tables take them: enough to overlap cache misses, few enough to stay in the cache. */

/** Keys in a batch, at most. */
export const BATCH = 1024;

/** Keys with their hashes, and the records that a table has found for them. */
export interface HashedKeys {
  readonly count: number;
  /** The keys, each from a word of its own, padded with zeros. Key `i` is the bytes `start[i]..end[i]` of it. */
  readonly words: Int32Array;
  readonly start: Int32Array;
  readonly end: Int32Array;
  readonly hash: Int32Array;
  /** Index of the record, or -1; filled by a table. */
  readonly record: Int32Array;
}

/** Names with their hashes and amounts; name `i` is `block[start[i]..end[i])`. */
export class NameRows {
  block: Uint8Array = new Uint8Array(0);
  count = 0;
  readonly start = new Int32Array(BATCH);
  readonly end = new Int32Array(BATCH);
  readonly hash = new Int32Array(BATCH);
  readonly amount = new Uint32Array(BATCH);
}
