/** Keys in a batch: enough to overlap the table's cache misses, few enough to stay in the cache. */
export const BATCH = 1024;

/** Keys `bytes[start[i]..end[i])` with their hashes, and the records that a table has found for them. */
export class KeyBatch {
  bytes: Uint8Array = new Uint8Array(0);
  count = 0;
  readonly start = new Int32Array(BATCH);
  readonly end = new Int32Array(BATCH);
  readonly hash = new Int32Array(BATCH);
  /** Index of the record, or -1. */
  readonly record = new Int32Array(BATCH);
}
