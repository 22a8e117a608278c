/**
 * One line of a party's list: `name : amount`. Parsed on bytes; what does not fit is skipped, as the contract says:
 * lines shorter than 3 characters, without exactly one colon, or whose amount is no u32.
 */
import { FunctionError } from '../function.ts';

const COLON = 58;
const PLUS = 43;
const ZERO = 48;
const U32 = 2 ** 32;

/** The last parsed row: name bytes `[nameStart, nameEnd)` of the line's buffer. Reused, to make no garbage. */
export const row: { nameStart: number; nameEnd: number; amount: number } = { nameStart: 0, nameEnd: 0, amount: 0 };

const utf8 = new TextDecoder('utf-8', { fatal: true });
const encoder = new TextEncoder();

/** Fills `row`; false where the line is to be skipped. `ascii` lines take the short way. */
export function parseRow(bytes: Uint8Array, start: number, end: number): boolean {
  let colon = -1;
  let colons = 0;
  let high = 0;
  for (let i = start; i < end; i++) {
    const byte = bytes[i] as number;
    high |= byte;
    if (byte === COLON) {
      colon = i;
      colons++;
    }
  }
  if (high > 127) return parseUnicode(bytes, start, end);
  if (end - start < 3 || colons !== 1) return false;
  row.nameStart = skipForward(bytes, start, colon);
  row.nameEnd = skipBack(bytes, row.nameStart, colon);
  const from = skipForward(bytes, colon + 1, end);
  return parseAmount(bytes, from, skipBack(bytes, from, end));
}

const blank = (byte: number): boolean => byte === 32 || (byte >= 9 && byte <= 13);

function skipForward(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at < end && blank(bytes[at] as number)) at++;
  return at;
}

function skipBack(bytes: Uint8Array, start: number, end: number): number {
  let at = end;
  while (at > start && blank(bytes[at - 1] as number)) at--;
  return at;
}

/** Rust's `u32::from_str`: an optional plus, digits only, no overflow. */
function parseAmount(bytes: Uint8Array, start: number, end: number): boolean {
  let at = start;
  if (bytes[at] === PLUS && at < end) at++;
  if (at >= end) return false;
  let value = 0;
  for (; at < end; at++) {
    const digit = (bytes[at] as number) - ZERO;
    if (digit < 0 || digit > 9) return false;
    value = value * 10 + digit;
    if (value >= U32) return false;
  }
  row.amount = value;
  return true;
}

/** Holds the trimmed name of a line with bytes above 127. */
export let unicodeName: Uint8Array | undefined;

/** The long way: the same rules on characters, with Unicode's white space. */
function parseUnicode(bytes: Uint8Array, start: number, end: number): boolean {
  let text: string;
  try {
    text = utf8.decode(bytes.subarray(start, end));
  } catch {
    throw new FunctionError('stream did not contain valid UTF-8');
  }
  // Rust counts bytes here; a line with a character above 127 and a colon can only be shorter than 3 bytes if it is no row.
  const parts = text.split(':');
  if (end - start < 3 || parts.length !== 2) return false;
  const amount = encoder.encode(trim(parts[1] as string));
  if (!parseAmount(amount, 0, amount.length)) return false;
  unicodeName = encoder.encode(trim(parts[0] as string));
  row.nameStart = -1;
  return true;
}

/** Unicode's White_Space (JavaScript's `trim` also takes the byte order mark, and not U+0085). */
function trim(text: string): string {
  return text.replace(/^[\p{White_Space}]+|[\p{White_Space}]+$/gu, '');
}

/** The name of the last parsed row. */
export function rowName(bytes: Uint8Array): Uint8Array {
  return row.nameStart < 0 ? (unicodeName as Uint8Array) : bytes.subarray(row.nameStart, row.nameEnd);
}
