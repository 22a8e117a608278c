/** Reading rows `name : amount` from bytes, many at a time and without making strings. */

import { BATCH, type NameRows } from '../kernels/keyed/batches.ts';
import { hashName, viewOf } from '../kernels/keyed/hash.ts';
import { trimEnd, trimStart } from '../keyed/trim.ts';
import { lineEnd } from '../text/lines.ts';

const LF = 10;
const COLON = 58;
const U32_MAX = 0xffff_ffff;

/** The u32 that Rust's `parse` reads from `text[start..end)`, or -1. */
export function parseU32(text: Uint8Array, start: number, end: number): number {
  if (start < end && text[start] === 0x2b) start++;
  if (start >= end) return -1;
  // Nine digits always fit; small integers are quicker than doubles.
  let value = 0;
  const safe = end - start > 9 ? start + 9 : end;
  for (; start < safe; start++) {
    const digit = (text[start] ?? 0) - 0x30;
    if (digit < 0 || digit > 9) return -1;
    value = (Math.imul(value, 10) + digit) | 0;
  }
  for (let i = start; i < end; i++) {
    const digit = (text[i] ?? 0) - 0x30;
    if (digit < 0 || digit > 9) return -1;
    value = value * 10 + digit;
    if (value > U32_MAX) return -1;
  }
  return value;
}

/**
 * Fills `rows` with the rows of `block` (whole lines of valid UTF-8) from `position` on and returns the position
 * after the last line read. Lines that are no rows are skipped: shorter than 3 characters, not exactly one colon,
 * an amount that is no u32.
 */
export function readRows(block: Uint8Array, position: number, rows: NameRows): number {
  const { start, end, hash, amount } = rows;
  const length = block.length;
  const view = viewOf(block);
  let count = 0;
  while (position < length && count < BATCH) {
    let colon = -1;
    let colons = 0;
    let at = position;
    for (; at < length; at++) {
      const byte = block[at] ?? LF;
      if (byte > COLON) continue;
      if (byte === LF) break;
      if (byte === COLON) {
        colons++;
        colon = at;
      }
    }
    const lineStart = position;
    position = at + 1;
    if (colons !== 1) continue;
    const stop = lineEnd(block, lineStart, at);
    // Bytes and characters agree here: what has a colon, a digit and a wider character has three characters.
    if (stop - lineStart < 3) continue;
    const digits = trimStart(block, colon + 1, stop);
    const value = parseU32(block, digits, trimEnd(block, digits, stop));
    if (value < 0) continue;
    const nameStart = trimStart(block, lineStart, colon);
    const nameEnd = trimEnd(block, nameStart, colon);
    start[count] = nameStart;
    end[count] = nameEnd;
    hash[count] = hashName(view, nameStart, nameEnd);
    amount[count] = value;
    count++;
  }
  rows.block = block;
  rows.count = count;
  return position;
}
