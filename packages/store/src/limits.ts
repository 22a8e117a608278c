/** What a batch, key or page may hold at most. One table; beyond it: `too-large`. */
import { type Batch, type Key, StoreError } from './store.ts';

const MiB = 1024 * 1024;

export const LIMITS = {
  /** Expectations, puts, deletes, queue operations and log appends of a batch together. */
  batchOperations: 10_000,
  /** Bytes of all values of a batch. */
  batchBytes: 128 * MiB,
  valueBytes: 64 * MiB,
  queuePayloadBytes: 64 * 1024,
  logValueBytes: MiB,
  keySegments: 8,
  /** UTF-8 bytes; also of a queue's or log's name and a queue item's id. */
  segmentBytes: 1024,
  getMany: 10_000,
  /** Entries of a page; a larger `limit` is taken as this. */
  page: 10_000,
  /** Bytes after which a page ends early. */
  pageBytes: 16 * MiB,
  queueItems: 100_000,
} as const;

const tooLarge = (what: string, is: number, limit: number) =>
  new StoreError('too-large', `${what}: ${is}, the limit is ${limit}; split it or store less`);

export const invalid = (what: string) => new StoreError('invalid', what);

function checkBytes(what: string, value: Uint8Array, limit: number): number {
  if (!(value instanceof Uint8Array)) throw invalid(`${what} is not a Uint8Array`);
  if (value.length > limit) throw tooLarge(`bytes of ${what}`, value.length, limit);
  return value.length;
}

/** A segment, name or id: well-formed, so that no two of them become the same bytes. */
export function checkSegment(segment: string): void {
  if (typeof segment !== 'string' || !segment.isWellFormed())
    throw invalid('a key segment, name or id is not a well-formed string');
  if (segment.length > LIMITS.segmentBytes / 3 && Buffer.byteLength(segment) > LIMITS.segmentBytes)
    throw tooLarge('bytes of a key segment, name or id', Buffer.byteLength(segment), LIMITS.segmentBytes);
}

export function checkPrefix(prefix: Key): void {
  if (prefix.length > LIMITS.keySegments) throw tooLarge('key segments', prefix.length, LIMITS.keySegments);
  for (const segment of prefix) checkSegment(segment);
}

export function checkKey(key: Key): void {
  if (key.length === 0) throw invalid('a key has no segments');
  checkPrefix(key);
}

export function checkKeys(keys: readonly Key[]): void {
  if (keys.length > LIMITS.getMany) throw tooLarge('keys of getMany', keys.length, LIMITS.getMany);
  for (const key of keys) checkKey(key);
}

/** A count, version, token or time. */
export function checkNumber(what: string, value: number, least = 0): void {
  if (!Number.isSafeInteger(value) || value < least)
    throw invalid(`${what} is ${value}, not an integer from ${least} on`);
}

/** Throws `too-large` or `invalid`. Returns the number of bytes of all values. */
export function checkBatch(batch: Batch): number {
  const { expect = [], put = [], delete: gone = [], queue = [], append = [] } = batch;
  const operations = expect.length + put.length + gone.length + queue.length + append.length;
  if (operations > LIMITS.batchOperations)
    throw tooLarge('operations of a batch', operations, LIMITS.batchOperations);
  let bytes = 0;
  for (const { key, version } of expect) {
    checkKey(key);
    checkNumber('an expected version', version);
  }
  for (const { key, value } of put) {
    checkKey(key);
    bytes += checkBytes('a value', value, LIMITS.valueBytes);
  }
  for (const key of gone) checkKey(key);
  for (const operation of queue) {
    checkSegment(operation.queue);
    checkSegment(operation.id);
    if (operation.op === 'enqueue') {
      if (operation.payload)
        bytes += checkBytes('a queue payload', operation.payload, LIMITS.queuePayloadBytes);
    } else if (operation.token !== undefined) checkNumber('a token', operation.token);
    if ('until' in operation) checkNumber('until', operation.until, 1);
  }
  for (const { log, value } of append) {
    checkSegment(log);
    bytes += checkBytes('a log entry', value, LIMITS.logValueBytes);
  }
  if (bytes > LIMITS.batchBytes) throw tooLarge('bytes of a batch', bytes, LIMITS.batchBytes);
  return bytes;
}
