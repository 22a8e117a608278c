/**
 * Rows of `entry` or `gone` as one string of bytes, in the order of their keys; each is
 *
 *     length of the key / 16 (1) | the rest, 0 (1) | length of the head (1) | key | head
 *
 * The head of an entry is its version (8, big-endian) and the first 24 bytes of its sealed value; that of a deleted key its version alone.
 */
import { BLINDED_BYTES, HEAD_BYTES } from '../sealed.ts';

export type SetTable = 'entry' | 'gone';

const LENGTHS = 3;
const VERSION = 8;
const HEADS: Readonly<Record<SetTable, number>> = { entry: VERSION + HEAD_BYTES, gone: VERSION };
const LAST_VERSION = 2n ** 53n - 1n;

export interface HeadRow {
  readonly key: Buffer;
  readonly head: Buffer;
}

/** `bytes`: the whole row, as it stands in its string. */
export interface Row extends HeadRow {
  readonly bytes: Buffer;
}

/** Where a row stands in its string, or where it would. */
export interface Found {
  readonly at: number;
  readonly end: number;
  readonly head: Buffer | undefined;
}

/** Of a string that came from a trusted place or was found equal to one. */
export function find(rows: Buffer, key: Buffer): Found {
  let at = 0;
  while (at < rows.length) {
    const begin = at + LENGTHS;
    const keyEnd = begin + (rows[at] ?? 0) * BLINDED_BYTES;
    const end = keyEnd + (rows[at + 2] ?? 0);
    const order = rows.compare(key, 0, key.length, begin, keyEnd);
    if (order === 0) return { at, end, head: rows.subarray(keyEnd, end) };
    if (order > 0) break;
    at = end;
  }
  return { at, end: at, head: undefined };
}

/** The string with a row's head set, or without the row. */
export function replace(rows: Buffer, { at, end }: Found, row: HeadRow | undefined): Buffer {
  const before = rows.subarray(0, at);
  const after = rows.subarray(end);
  if (row === undefined) return Buffer.concat([before, after]);
  const lengths = Buffer.of(row.key.length / BLINDED_BYTES, 0, row.head.length);
  return Buffer.concat([before, lengths, row.key, row.head, after]);
}

/** All rows. Nothing for the rest of a string whose next row has not the form of its table's: somebody else wrote it. */
export function* eachRow(table: SetTable, rows: Buffer): Generator<Row> {
  let at = 0;
  while (at < rows.length) {
    const segments = rows[at] ?? 0;
    const begin = at + LENGTHS;
    const keyEnd = begin + segments * BLINDED_BYTES;
    const end = keyEnd + HEADS[table];
    if (segments === 0 || rows[at + 1] !== 0 || rows[at + 2] !== HEADS[table] || end > rows.length) return;
    yield {
      key: rows.subarray(begin, keyEnd),
      head: rows.subarray(keyEnd, end),
      bytes: rows.subarray(at, end),
    };
    at = end;
  }
}

/** 0 where it is none that was ever written. */
export function versionIn(head: Buffer): number {
  const version = head.readBigUInt64BE(0);
  return version > LAST_VERSION ? 0 : Number(version);
}

/** `sealed`: its first 24 bytes; nothing for a deleted key. */
export function headOf(version: number, sealed: Uint8Array = new Uint8Array(0)): Buffer {
  const head = Buffer.allocUnsafe(VERSION + sealed.length);
  head.writeBigUInt64BE(BigInt(version), 0);
  head.set(sealed, VERSION);
  return head;
}

/** What of an entry's head begins its sealed value. */
export const sealedHead = (head: Buffer): Buffer => head.subarray(VERSION);
