/**
 * Decimal text to the nearest double, byte by byte. At most 18 digits and an exponent of moderate size are done here:
 * exactly in one operation where both fit (Clinger), else as a product of two sums of two doubles, taken where its
 * error bound leaves no doubt about the rounding. The rest (about one in a thousand) is for `Number`.
 */
import { EXACT, HIGH, HIGH_REST, HIGH_TOP, LOW, RANGE, SPLITTER } from './powers.ts';

const PLUS = 0x2b;
const MINUS = 0x2d;
const DOT = 0x2e;
const E = 0x65;

/** Of a product below: each of its neglected parts is below 2^-104 of it. */
const ERROR = 2 ** -100;
/** Below it a whole number times an exact power of ten is rounded once. */
const MOST_EXACT = 2 ** 53;

/**
 * Reads a number at `text[at]`, as far as it goes, into `into[index]`. Returns the index of the first byte that does
 * not belong to it, or -1: no number, or one that is not for here; see `float-text.ts`.
 */
export function scanNumber(
  text: Uint8Array,
  at: number,
  end: number,
  into: Float64Array,
  index: number,
): number {
  const sign = at < end ? (text[at] as number) : 0;
  if (sign === MINUS || sign === PLUS) at++;
  const begin = at;
  // Nine digits each; `high` starts at the first digit that is not 0.
  let high = 0;
  let low = 0;
  let digits = 0;
  let dot = -1;
  for (; at < end; at++) {
    const digit = (text[at] as number) - 0x30;
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
  if (at < end && ((text[at] as number) | 0x20) === E) {
    let power = 0;
    let negative = false;
    let from = at + 1;
    if (from < end && (text[from] === MINUS || text[from] === PLUS)) negative = text[from++] === MINUS;
    for (at = from; at < end; at++) {
      const digit = (text[at] as number) - 0x30;
      if (digit < 0 || digit > 9) break;
      power = power * 10 + digit;
    }
    if (at === from || at - from > 4) return -1;
    exponent += negative ? -power : power;
  }
  // Exact: 10^n is 5^n * 2^n, and nine digits times 5^9 have 51 bits.
  const large = digits > 9 ? high * (EXACT[digits - 9] as number) : high;
  const whole = large + low;
  let value: number;
  if (whole < MOST_EXACT && exponent >= -22 && exponent <= 22) {
    value = exponent < 0 ? whole / (EXACT[-exponent] as number) : whole * (EXACT[exponent] as number);
  } else if (whole === 0) {
    value = 0;
  } else {
    if (exponent < -RANGE || exponent > RANGE) return -1;
    const power = exponent + RANGE;
    const rest = low - (whole - large);
    const split = whole * SPLITTER;
    const top = split - (split - whole);
    const bottom = whole - top;
    const powerTop = HIGH_TOP[power] as number;
    const powerRest = HIGH_REST[power] as number;
    const product = whole * (HIGH[power] as number);
    const lost = top * powerTop - product + top * powerRest + bottom * powerTop + bottom * powerRest;
    const tail = lost + (whole * (LOW[power] as number) + rest * (HIGH[power] as number));
    const bound = product * ERROR;
    value = product + (tail + bound);
    if (value !== product + (tail - bound)) return -1;
  }
  into[index] = sign === MINUS ? -value : value;
  return at;
}
