/** Checks of batches, keys and numbers against `limits`. */
import { limits } from './limits.ts';
import { type Batch, type Key, StoreError } from './store.ts';

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
  if (
    segment.length > limits.segmentBytes.value / 3 &&
    Buffer.byteLength(segment) > limits.segmentBytes.value
  )
    throw tooLarge(
      'bytes of a key segment, name or id',
      Buffer.byteLength(segment),
      limits.segmentBytes.value,
    );
}

export function checkPrefix(prefix: Key): void {
  if (prefix.length > limits.keySegments.value)
    throw tooLarge('key segments', prefix.length, limits.keySegments.value);
  for (const segment of prefix) checkSegment(segment);
}

export function checkKey(key: Key): void {
  if (key.length === 0) throw invalid('a key has no segments');
  checkPrefix(key);
}

export function checkKeys(keys: readonly Key[]): void {
  if (keys.length > limits.getMany.value)
    throw tooLarge('keys of getMany', keys.length, limits.getMany.value);
  for (const key of keys) checkKey(key);
}

/** A count, version, token or time. */
export function checkNumber(what: string, value: number, least = 0): void {
  if (!Number.isSafeInteger(value) || value < least)
    throw invalid(`${what} is ${value}, not an integer from ${least} on`);
}

/** Throws `too-large` or `invalid`. Returns the number of bytes of all values. */
export function checkBatch(batch: Batch): number {
  const { expect = [], put = [], delete: gone = [], queue = [], append = [], trim = [] } = batch;
  const lists: readonly (readonly unknown[])[] = [expect, put, gone, queue, append, trim];
  const operations = lists.reduce((sum, { length }) => sum + length, 0);
  if (operations > limits.batchOperations.value)
    throw tooLarge('operations of a batch', operations, limits.batchOperations.value);
  let bytes = 0;
  for (const { key, version } of expect) {
    checkKey(key);
    checkNumber('an expected version', version);
  }
  for (const { key, value } of put) {
    checkKey(key);
    bytes += checkBytes('a value', value, limits.valueBytes.value);
  }
  for (const key of gone) checkKey(key);
  for (const operation of queue) {
    checkSegment(operation.queue);
    checkSegment(operation.id);
    if (operation.op === 'enqueue') {
      if (operation.payload)
        bytes += checkBytes('a queue payload', operation.payload, limits.queuePayloadBytes.value);
    } else if (operation.token !== undefined) checkNumber('a token', operation.token);
    if ('until' in operation) checkNumber('until', operation.until, 1);
  }
  for (const { log, value } of append) {
    checkSegment(log);
    bytes += checkBytes('a log entry', value, limits.logValueBytes.value);
  }
  for (const { log, before } of trim) {
    checkSegment(log);
    checkNumber('before', before);
  }
  if (bytes > limits.batchBytes.value) throw tooLarge('bytes of a batch', bytes, limits.batchBytes.value);
  return bytes;
}
