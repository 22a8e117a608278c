/**
 * The double nearest to a decimal of at most 18 digits: exactly in one operation where both parts fit (Clinger), else as a
 * product of two sums of two doubles, taken where its error bound leaves no doubt about the rounding.
 */
import { EXACT, HIGH, HIGH_REST, HIGH_TOP, LOW, RANGE, SPLITTER } from './powers.ts';

/** Of a product below: each of its neglected parts is below 2^-104 of it. */
const ERROR = 2 ** -100;
/** Below it a whole number times an exact power of ten is rounded once. */
const MOST_EXACT = 2 ** 53;

/**
 * For `digits` digits, the first nine as the integer `high`, the others as `low`, times 10^`exponent`. NaN: in doubt, or out of range (about
 * one in a thousand).
 */
export function nearestDouble(high: number, low: number, digits: number, exponent: number): number {
  // Exact: 10^n is 5^n * 2^n, and nine digits times 5^9 have 51 bits.
  const large = digits > 9 ? high * EXACT[digits - 9] : high;
  const whole = large + low;
  if (whole < MOST_EXACT && exponent >= -22 && exponent <= 22) {
    return exponent < 0 ? whole / EXACT[-exponent] : whole * EXACT[exponent];
  }
  if (whole === 0) return 0;
  if (exponent < -RANGE || exponent > RANGE) return Number.NaN;
  const power = exponent + RANGE;
  const rest = low - (whole - large);
  const split = whole * SPLITTER;
  const top = split - (split - whole);
  const bottom = whole - top;
  const powerTop = HIGH_TOP[power];
  const powerRest = HIGH_REST[power];
  const product = whole * HIGH[power];
  const lost = top * powerTop - product + top * powerRest + bottom * powerTop + bottom * powerRest;
  const tail = lost + (whole * LOW[power] + rest * HIGH[power]);
  const bound = product * ERROR;
  const value = product + (tail + bound);
  return value === product + (tail - bound) ? value : Number.NaN;
}
