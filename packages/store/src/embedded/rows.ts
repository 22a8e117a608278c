/**
 * Rows of `entry` or `gone` as one string of bytes, in the order of their keys; each is
 *
 *     length of the key / 16 (1) | the rest, 0 (1) | length of the head (1) | key | head
 *
 * The head of an entry is its version (8, big-endian) and the first 24 bytes of its sealed value; that of a deleted key its version alone.
 */
import { limits } from '../limits.ts';
import { BLINDED_BYTES, HEAD_BYTES } from '../sealed.ts';

export type SetTable = 'entry' | 'gone';

/** Where in a row its key begins. */
export const KEY_AT = 3;
/** Rows that are read at once at the start; a power of two. */
export const CHUNK_ROWS = 4096;
const VERSION = 8;
const HEADS: Readonly<Record<SetTable, number>> = { entry: VERSION + HEAD_BYTES, gone: VERSION };

export interface HeadRow {
  readonly key: Buffer;
  readonly head: Buffer;
}

/** Neighbouring rows of one kind. */
export interface Part {
  /** The first 16 bytes of their keys, latin1. */
  readonly kind: string;
  /** The first key, latin1. */
  readonly start: string;
  readonly count: number;
  readonly rows: Buffer;
}

/** No row is longer. */
export const LONGEST_ROW: number = KEY_AT + limits.keySegments.value * BLINDED_BYTES + VERSION + HEAD_BYTES;

/** Where a row stands in its string, or where it would. */
export interface Found {
  readonly at: number;
  readonly end: number;
  readonly head: Buffer | undefined;
}

/** Of a string that came from a trusted place or was found equal to one. */
export function find(rows: Buffer, key: Buffer): Found {
  const last = key[key.length - 1];
  for (let at = 0; at < rows.length; ) {
    const begin = at + KEY_AT;
    const keyEnd = begin + (rows[at] ?? 0) * BLINDED_BYTES;
    const end = keyEnd + (rows[at + 2] ?? 0);
    // Most rows are told from the one that is looked for by a byte; a comparison is a call.
    if (rows[keyEnd - 1] === last && rows.compare(key, 0, key.length, begin, keyEnd) === 0)
      return { at, end, head: rows.subarray(keyEnd, end) };
    at = end;
  }
  const at = placeOf(rows, key);
  return { at, end: at, head: undefined };
}

/** Where a row of a key that is not there would begin. */
function placeOf(rows: Buffer, key: Buffer): number {
  let at = 0;
  while (at < rows.length) {
    const keyEnd = at + KEY_AT + (rows[at] ?? 0) * BLINDED_BYTES;
    if (rows.compare(key, 0, key.length, at + KEY_AT, keyEnd) > 0) break;
    at = keyEnd + (rows[at + 2] ?? 0);
  }
  return at;
}

/** The string with a row's head set, or without the row. */
export function replace(rows: Buffer, { at, end }: Found, row: HeadRow | undefined): Buffer {
  const before = rows.subarray(0, at);
  const after = rows.subarray(end);
  if (row === undefined) return Buffer.concat([before, after]);
  const lengths = Buffer.of(row.key.length / BLINDED_BYTES, 0, row.head.length);
  return Buffer.concat([before, lengths, row.key, row.head, after]);
}

/** Where the row ends that begins at a place; 0 where it has not the form of its table's: somebody else wrote it. */
export function endOf(table: SetTable, rows: Buffer, at: number): number {
  const segments = rows[at] ?? 0;
  const end = at + KEY_AT + segments * BLINDED_BYTES + HEADS[table];
  const isKey = segments > 0 && segments <= limits.keySegments.value && rows[at + 1] === 0;
  return isKey && rows[at + 2] === HEADS[table] && end <= rows.length ? end : 0;
}

/** The key of a whole row. */
export const keyOf = (row: Buffer): Buffer => row.subarray(KEY_AT, KEY_AT + (row[0] ?? 0) * BLINDED_BYTES);

/** All rows. Nothing for the rest of a string whose next row has not the form of its table's. */
export function* eachRow(table: SetTable, rows: Buffer): Generator<HeadRow> {
  let at = 0;
  for (let end = endOf(table, rows, at); end > 0; end = endOf(table, rows, at)) {
    const headAt = end - HEADS[table];
    yield { key: rows.subarray(at + KEY_AT, headAt), head: rows.subarray(headAt, end) };
    at = end;
  }
}

export function partOf(rows: Buffer, count: number): Part {
  const start = keyOf(rows).toString('latin1');
  return { kind: start.slice(0, BLINDED_BYTES), start, count, rows };
}

/** The rows of a string, `size` together. As `eachRow`. */
export function* inParts(table: SetTable, rows: Buffer, size: number): Generator<Part> {
  let [begin, at, count] = [0, 0, 0];
  for (let end = endOf(table, rows, at); end > 0; end = endOf(table, rows, at)) {
    at = end;
    count++;
    if (count < size && at < rows.length) continue;
    yield partOf(rows.subarray(begin, at), count);
    [begin, count] = [at, 0];
  }
}

/** 0 where it is none that was ever written. */
export function versionIn(head: Buffer): number {
  const version = head.readUInt32BE(0) * 2 ** 32 + head.readUInt32BE(4);
  return Number.isSafeInteger(version) ? version : 0;
}

/** `sealed`: its first 24 bytes; nothing for a deleted key. */
export function headOf(version: number, sealed: Uint8Array = new Uint8Array(0)): Buffer {
  const head = Buffer.allocUnsafe(VERSION + sealed.length);
  head.writeUInt32BE(Math.floor(version / 2 ** 32), 0);
  head.writeUInt32BE(version % 2 ** 32, 4);
  head.set(sealed, VERSION);
  return head;
}

/** What of an entry's head begins its sealed value. */
export const sealedHead = (head: Buffer): Buffer => head.subarray(VERSION);
