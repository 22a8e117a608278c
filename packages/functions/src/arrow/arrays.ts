/** The values of an array, out of its buffers. */
import type { Physical } from '../columns/cells.ts';
import { broken } from '../columns/place.ts';
import { limits } from '../limits.ts';
import { FunctionError } from '../refusal.ts';
import type { ArrayPlan, BatchPlan, Span } from './batch.ts';
import type { Layout, Reading } from './schema.ts';

/** The value of a row; undefined: it is missing. */
export type ReadValue = (row: number) => Physical | undefined;

const MOST = limits.arrowBatch.value;
const MOST_MIB = MOST >> 20;
/** Of a buffer that is compressed: its length uncompressed. */
const LENGTH = 8;
const DAY_MS = 86_400_000n;
/** Bytes of a view, and those of a text that is in its view itself. */
const VIEW = 16;
const SHORT = 12;
/** Beyond them whole numbers are no longer exact: 2^53 has 21 bits in its upper half. */
const EXACT_HIGH = 1 << 21;

/** Counts what comes out of the buffers of a batch, or of all dictionaries. */
export class Room {
  #used = 0;

  get used(): number {
    return this.#used;
  }

  take(bytes: number): void {
    this.#used += bytes;
    if (this.#used > MOST)
      throw new FunctionError(
        'too-large',
        `it has more than ${MOST_MIB} MiB uncompressed. Write the file with smaller batches`,
      );
  }

  free(bytes: number): void {
    this.#used -= bytes;
  }
}

const viewOf = (bytes: Uint8Array): DataView =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

function bufferOf(body: Uint8Array, { start, end }: Span, plan: BatchPlan, room: Room): Uint8Array {
  const bytes = body.subarray(start, end);
  if (!plan.decompress || bytes.length === 0) {
    room.take(bytes.length);
    return bytes;
  }
  if (bytes.length < LENGTH) broken('a buffer lacks its length');
  const length = viewOf(bytes).getBigInt64(0, true);
  const rest = bytes.subarray(LENGTH);
  // It was not worth it.
  if (length === -1n) {
    room.take(rest.length);
    return rest;
  }
  if (length < 0n || length > BigInt(MOST)) broken('a buffer has a length that no buffer has');
  room.take(Number(length));
  return length === 0n ? rest.subarray(0, 0) : plan.decompress(rest, Number(length));
}

/** The buffer where it has as many bytes as its rows want; what follows them pads it. */
const atLeast = (buffer: Uint8Array | undefined, bytes: number): Uint8Array =>
  buffer && buffer.length >= bytes ? buffer : broken('it has fewer values than rows');

const bitOf = (bits: Uint8Array, row: number): number => ((bits[row >> 3] ?? 0) >> (row & 7)) & 1;

function countOnes(bits: Uint8Array, rows: number): number {
  let count = 0;
  const whole = rows >> 3;
  for (let i = 0; i < whole; i++) {
    let byte = bits[i] ?? 0;
    byte -= (byte >> 1) & 0x55;
    byte = (byte & 0x33) + ((byte >> 2) & 0x33);
    count += (byte + (byte >> 4)) & 0x0f;
  }
  for (let row = whole << 3; row < rows; row++) count += bitOf(bits, row);
  return count;
}

/** Which rows have a value: undefined where all have one. */
function validityOf(buffer: Uint8Array | undefined, rows: number, missing: number): Uint8Array | undefined {
  if (!buffer || buffer.length === 0) {
    if (missing > 0) broken('it lacks the list of its missing values');
    return undefined;
  }
  const bits = atLeast(buffer, Math.ceil(rows / 8));
  if (rows - countOnes(bits, rows) !== missing)
    broken('it has another number of missing values than it says');
  return missing === 0 ? undefined : bits;
}

/** A number of 64 bits or more with a sign: a plain one where it is exact. */
function wideAt(view: DataView, at: number, bytes: number): number | bigint {
  if (bytes === 8) {
    const high = view.getInt32(at + 4, true);
    if (high >= -EXACT_HIGH && high < EXACT_HIGH) return high * 2 ** 32 + view.getUint32(at, true);
    return view.getBigInt64(at, true);
  }
  const high = view.getBigInt64(at + bytes - 8, true);
  const low = view.getBigInt64(at, true);
  if (bytes === 16) return high === low >> 63n ? low : (high << 64n) | BigInt.asUintN(64, low);
  let value = high;
  for (let word = at + bytes - 16; word >= at; word -= 8)
    value = (value << 64n) | view.getBigUint64(word, true);
  return value;
}

function dayAt(view: DataView, at: number): number {
  const milliseconds = view.getBigInt64(at, true);
  if (milliseconds % DAY_MS !== 0n) broken('it has a date that is not the beginning of a day');
  return Number(milliseconds / DAY_MS);
}

function readFixed(data: Uint8Array, bytes: number, reading: Reading): (row: number) => Physical {
  const view = viewOf(data);
  const signed = reading === 'signed';
  switch (reading) {
    case 'bytes':
      return (row) => data.subarray(row * bytes, (row + 1) * bytes);
    case 'single':
      return (row) => view.getFloat32(row * 4, true);
    case 'double':
      return (row) => view.getFloat64(row * 8, true);
    case 'day':
      return (row) => dayAt(view, row * 8);
    default:
      if (bytes === 1) return signed ? (row) => view.getInt8(row) : (row) => view.getUint8(row);
      if (bytes === 2)
        return signed ? (row) => view.getInt16(row * 2, true) : (row) => view.getUint16(row * 2, true);
      if (bytes === 4)
        return signed ? (row) => view.getInt32(row * 4, true) : (row) => view.getUint32(row * 4, true);
      return signed ? (row) => wideAt(view, row * bytes, bytes) : (row) => view.getBigUint64(row * 8, true);
  }
}

function readVariable(offsets: Uint8Array, data: Uint8Array, bytes: 4 | 8): (row: number) => Physical {
  const view = viewOf(offsets);
  const offset = (row: number): number =>
    bytes === 4 ? view.getInt32(row * 4, true) : Number(view.getBigInt64(row * 8, true));
  return (row) => {
    const [start, end] = [offset(row), offset(row + 1)];
    if (start < 0 || start > end || end > data.length)
      broken('it has a text that lies outside of its buffer');
    return data.subarray(start, end);
  };
}

/** A view is a length, and the text; or the first bytes of it, the number of a buffer, and the place there. */
function readViews(views: Uint8Array, buffers: readonly Uint8Array[]): (row: number) => Physical {
  const view = viewOf(views);
  return (row) => {
    const at = row * VIEW;
    const length = view.getInt32(at, true);
    if (length < 0) broken('it has a text that lies outside of its buffer');
    if (length <= SHORT) return views.subarray(at + 4, at + 4 + length);
    const data = buffers[view.getInt32(at + 8, true)] ?? broken('it refers to a buffer that is not there');
    const start = view.getInt32(at + 12, true);
    if (start < 0 || length > data.length - start) broken('it has a text that lies outside of its buffer');
    const text = data.subarray(start, start + length);
    for (let i = 0; i < 4; i++)
      if (text[i] !== views[at + 4 + i]) broken('it has a text that begins otherwise than it says');
    return text;
  };
}

function readerOf(
  layout: Layout,
  rows: number,
  [data, ...more]: readonly Uint8Array[],
): (row: number) => Physical {
  switch (layout.kind) {
    case 'bits': {
      const bits = atLeast(data, Math.ceil(rows / 8));
      return (row) => bitOf(bits, row) === 1;
    }
    case 'fixed':
      return readFixed(atLeast(data, rows * layout.bytes), layout.bytes, layout.reading);
    case 'variable': {
      // Without rows some writers have no offset either.
      const offsets = atLeast(data, rows === 0 ? 0 : (rows + 1) * layout.bytes);
      return readVariable(offsets, more[0] ?? new Uint8Array(0), layout.bytes);
    }
    default:
      return readViews(atLeast(data, rows * VIEW), more);
  }
}

/** The values of an array of a batch, whose body is given. @throws `Error` of any kind, without the place */
export function readArray(array: ArrayPlan, plan: BatchPlan, body: Uint8Array, room: Room): ReadValue {
  const { layout, missing } = array;
  if (layout.kind === 'none') return () => undefined;
  const [validity, ...buffers] = array.buffers.map((span) => bufferOf(body, span, plan, room));
  const bits = validityOf(validity, plan.rows, missing);
  const read = readerOf(layout, plan.rows, buffers);
  return bits ? (row) => (bitOf(bits, row) === 1 ? read(row) : undefined) : read;
}
