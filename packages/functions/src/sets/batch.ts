/** Keys in a batch: enough to overlap the table's cache misses, few enough to stay in the cache. */
export const BATCH = 1024;

/** Keys `bytes[start[i]..end[i])` with their hashes, and the records that a table has found for them. */
export class KeyBatch {
  bytes: Uint8Array = new Uint8Array(0);
  /** The same bytes as words, where every key begins at a multiple of 4 and is followed by zeros up to the next one. */
  words: Int32Array | undefined;
  count = 0;
  readonly start = new Int32Array(BATCH);
  readonly end = new Int32Array(BATCH);
  readonly hash = new Int32Array(BATCH);
  /** Index of the record, or -1. */
  readonly record = new Int32Array(BATCH);

  /** Takes bytes in which keys are aligned, and their words: keys are compared four bytes at a time. */
  align(bytes: Uint8Array, words: Int32Array): void {
    this.bytes = bytes;
    this.words = words;
  }
}
