/** Decoding the values of a page, once they are neither compressed nor missing. */

import type { Physical } from '../columns/cells.ts';
import { broken } from '../columns/place.ts';
import { limits } from '../limits.ts';
import { checkDeltas, checkRuns } from './guards.ts';
import { byteStreamSplit, deltaBinaryUnpack, readPlain, readRleBitPackedHybrid } from './library.ts';
import type { Column } from './schema.ts';

/** `length` values of one kind. */
export type Values = ArrayLike<Physical>;

const MOST_TEXT = limits.parquetPage.value;

const readerOf = (bytes: Uint8Array, offset = 0) => ({
  view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength),
  offset,
});

/** Numbers of `width` bits in runs, which begin at `at` and end with the bytes. */
export function readRuns<Numbers extends Uint8Array | Uint32Array>(
  bytes: Uint8Array,
  at: number,
  width: number,
  into: Numbers,
): Numbers {
  if (width === 0) return into;
  checkRuns(bytes, at, width, into.length);
  readRleBitPackedHybrid(readerOf(bytes, at), width, into, bytes.length - at);
  return into;
}

function plain(bytes: Uint8Array, { type, length }: Column, count: number): Values {
  // Each has a length of four bytes, or a bit at least.
  const most = type === 'BYTE_ARRAY' ? bytes.length / 4 : 8 * bytes.length;
  if (count > most) broken('a page has fewer values than it says');
  return readPlain(readerOf(bytes), type, count, length);
}

function deltas<Numbers extends Int32Array | BigInt64Array>(
  bytes: Uint8Array,
  at: number,
  into: Numbers,
): { readonly values: Numbers; readonly end: number } {
  const { end, first } = checkDeltas(bytes, at, into.length);
  deltaBinaryUnpack(readerOf(bytes, at), into.length, into);
  if (into instanceof Int32Array) shift(into, first - (into[0] ?? 0));
  return { values: into, end };
}

/**
 * The library takes 32 bits of the first number, whose sign is one more: DuckDB writes numbers without a sign so. All that follow are
 * then wrong by the same.
 */
function shift(values: Int32Array, by: number): void {
  if (by === 0) return;
  for (let i = 0; i < values.length; i++) values[i] = (values[i] ?? 0) + by;
}

/** Lengths, and then the bytes one after the other. */
function deltaLengths(bytes: Uint8Array, from: number, count: number): Uint8Array[] {
  const { values: lengths, end } = deltas(bytes, from, new Int32Array(count));
  let at = end;
  return Array.from(lengths, (length) => {
    if (length < 0 || length > bytes.length - at) broken('a page has a text that lies outside of it');
    at += length;
    return bytes.subarray(at - length, at);
  });
}

/** For each value the length of what it has in common with the one before it, and the rest. */
function deltaTexts(bytes: Uint8Array, count: number): Uint8Array[] {
  const { values: common, end } = deltas(bytes, 0, new Int32Array(count));
  const rests = deltaLengths(bytes, end, count);
  let before: Uint8Array = new Uint8Array(0);
  let total = 0;
  return rests.map((rest, i) => {
    const length = common[i] ?? 0;
    if (length < 0 || length > before.length)
      broken('a page has a text that begins with more than the one before it has');
    total += length + rest.length;
    if (total > MOST_TEXT) broken(`a page has texts of more than ${MOST_TEXT} bytes`);
    const text = new Uint8Array(length + rest.length);
    text.set(before.subarray(0, length));
    text.set(rest, length);
    before = text;
    return text;
  });
}

const isBytes = ({ type }: Column): boolean => type === 'BYTE_ARRAY' || type === 'FIXED_LEN_BYTE_ARRAY';

/** `encoding`: not one of a dictionary. @throws `Error` of any kind for what is no such data */
export function readValues(bytes: Uint8Array, column: Column, encoding: string, count: number): Values {
  const { type } = column;
  const unsupported = (): never =>
    broken(`a page has the encoding ${encoding}, which is not read for ${type}`);
  if (count === 0) return [];
  switch (encoding) {
    case 'PLAIN':
      return plain(bytes, column, count);
    case 'RLE': {
      if (type !== 'BOOLEAN') return unsupported();
      const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
      if (length > bytes.length - 4) broken('a page ends too early');
      return Array.from(
        readRuns(bytes.subarray(0, 4 + length), 4, 1, new Uint8Array(count)),
        (bit) => bit === 1,
      );
    }
    case 'DELTA_BINARY_PACKED':
      if (type === 'INT32') return deltas(bytes, 0, new Int32Array(count)).values;
      return type === 'INT64' ? deltas(bytes, 0, new BigInt64Array(count)).values : unsupported();
    case 'DELTA_LENGTH_BYTE_ARRAY':
      return type === 'BYTE_ARRAY' ? deltaLengths(bytes, 0, count) : unsupported();
    case 'DELTA_BYTE_ARRAY':
      return isBytes(column) ? deltaTexts(bytes, count) : unsupported();
    case 'BYTE_STREAM_SPLIT':
      if (['BOOLEAN', 'INT96', 'BYTE_ARRAY'].includes(type)) return unsupported();
      if (count > bytes.length) broken('a page has fewer values than it says');
      return byteStreamSplit(readerOf(bytes), count, type, column.length);
    default:
      return unsupported();
  }
}
