/**
 * Decimal text to the nearest double, byte by byte. At most 18 digits and an exponent of moderate size are done here; the
 * rest (about one in a thousand) is for `Number`.
 */
import { nearestDouble } from '../kernels/decimal/nearest-double.ts';

const PLUS = 0x2b;
const MINUS = 0x2d;
const DOT = 0x2e;
const E = 0x65;
/** In place of a byte beyond the text: no character that a number has. */
const NONE = 0;

/** Where `scanNumber` puts what it has read. */
export interface Scanned {
  value: number;
}

/**
 * Reads a number at `text[at]`, as far as it goes and at most up to `end`, into `out`. Returns the index of the first byte
 * that does not belong to it, or -1: no number, or one that is not for here; see `float-text.ts`.
 */
export function scanNumber(text: Uint8Array, at: number, end: number, out: Scanned): number {
  const sign = at < end ? text[at] : NONE;
  if (sign === MINUS || sign === PLUS) at++;
  const begin = at;
  // Nine digits each; `high` starts at the first digit that is not 0.
  let high = 0;
  let low = 0;
  let digits = 0;
  let dot = -1;
  for (; at < end; at++) {
    const digit = (text[at] ?? NONE) - 0x30;
    if (digit >= 0 && digit <= 9) {
      if (digits < 9) {
        high = (Math.imul(high, 10) + digit) | 0;
        if (high !== 0) digits++;
      } else {
        low = (Math.imul(low, 10) + digit) | 0;
        digits++;
      }
    } else if (digit === DOT - 0x30 && dot < 0) dot = at;
    else break;
  }
  let exponent = dot < 0 ? 0 : dot + 1 - at;
  if (digits > 18 || at - begin === (dot < 0 ? 0 : 1)) return -1;
  if (at < end && ((text[at] ?? NONE) | 0x20) === E) {
    let power = 0;
    let negative = false;
    let from = at + 1;
    if (from < end && (text[from] === MINUS || text[from] === PLUS)) negative = text[from++] === MINUS;
    for (at = from; at < end; at++) {
      const digit = (text[at] ?? NONE) - 0x30;
      if (digit < 0 || digit > 9) break;
      power = power * 10 + digit;
    }
    if (at === from || at - from > 4) return -1;
    exponent += negative ? -power : power;
  }
  const value = nearestDouble(high, low, digits, exponent);
  if (Number.isNaN(value)) return -1;
  out.value = sign === MINUS ? -value : value;
  return at;
}
