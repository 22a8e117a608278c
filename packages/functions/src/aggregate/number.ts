/** Reading numbers from bytes: exact decimals, or 64-bit floats. */
import { limits } from '../limits.ts';
import { FunctionError } from '../refusal.ts';
import { parseF64 } from '../text/parse.ts';

const ZERO = 0x30;
const PLUS = 0x2b;
const MINUS = 0x2d;
const POINT = 0x2e;

/** Digits of a decimal that is computed with as a float: every such integer is one exactly. */
const MAX_DIGITS = 15;
const MAX_LONG = limits.decimalDigits.value;

/** What `readDecimal` has read: `mantissa / 10^decimals`. */
export interface Decimal {
  mantissa: number;
  decimals: number;
}

/**
 * Reads `-12.50` from `text[start..end)`: a sign, digits, a point and digits, of which at most 15 count (leading zeros do
 * not). Returns false for anything else.
 */
export function readDecimal(text: Uint8Array, start: number, end: number, into: Decimal): boolean {
  let at = start;
  const sign = text[at];
  if (at < end && (sign === MINUS || sign === PLUS)) at++;
  const first = at;
  let value = 0;
  let point = -1;
  let digits = 0;
  for (; at < end; at++) {
    const digit = (text[at] ?? 0) - ZERO;
    if (digit >= 0 && digit <= 9) {
      if (digits > 0 || digit > 0) digits++;
      value = value * 10 + digit;
    } else if (text[at] === POINT && point < 0) point = at;
    else return false;
  }
  const decimals = point < 0 ? 0 : end - point - 1;
  if (digits > MAX_DIGITS || decimals > MAX_DIGITS || end - first - (point < 0 ? 0 : 1) < 1) return false;
  into.mantissa = sign === MINUS ? 0 - value : value;
  into.decimals = decimals;
  return true;
}

/** A decimal of any length: `mantissa / 10^decimals`. */
export interface LongDecimal {
  readonly mantissa: bigint;
  readonly decimals: number;
}

const LONG = /^([+-]?)(\d*)(?:\.(\d*))?$/;

/** Reads what `readDecimal` does, however many digits it has; undefined for anything else. Throws `FunctionError` beyond the limit. */
export function readLongDecimal(text: Uint8Array, start: number, end: number): LongDecimal | undefined {
  if (end - start > MAX_LONG) {
    throw new FunctionError('too-large', `it has more than ${MAX_LONG} characters`);
  }
  const [, sign = '', whole = '', fraction = ''] =
    LONG.exec(Buffer.from(text.buffer, text.byteOffset + start, end - start).toString('latin1')) ?? [];
  if (whole === '' && fraction === '') return undefined;
  const size = BigInt(whole + fraction);
  return { mantissa: sign === '-' ? -size : size, decimals: fraction.length };
}

/** Reads a decimal or `1.5e-7` to the nearest float. Throws `FunctionError` for anything else, and for what is not finite. */
export function readFloat(text: Uint8Array, start: number, end: number): number {
  let value = Number.NaN;
  try {
    value = parseF64(text, start, end);
  } catch (error) {
    // Its text is that of Teaclave's functions.
    if (!(error instanceof FunctionError)) throw error;
  }
  if (!Number.isFinite(value)) throw new FunctionError('invalid-input', 'it is no finite number');
  // -0 is 0, as among decimals.
  return value + 0;
}
