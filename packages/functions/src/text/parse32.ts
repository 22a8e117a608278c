/** Decimal text to the nearest float of 32 bits, without the double rounding that going through a double brings. */
import { lowBitsOf } from '../kernels/decimal/bits.ts';
import { compareMagnitude, slowF64 } from './float-text.ts';

const SMALLEST_NORMAL = 2 ** -126;
/** Between two neighbours below `SMALLEST_NORMAL`. */
const HALF_STEP = 2 ** -150;

/** Whether a double lies exactly between two neighbouring floats of 32 bits. */
export function isMidpoint(value: number): boolean {
  if ((lowBitsOf(value) & 0x1fffffff) === 0x10000000) return true;
  const size = Math.abs(value);
  return size < SMALLEST_NORMAL && Math.abs((size / HALF_STEP) % 2) === 1;
}

/** The float of 32 bits for a decimal text whose nearest double, `value`, is a midpoint. */
export function roundMidpoint(text: string, value: number): number {
  const side = compareMagnitude(text, value);
  // The text is no midpoint itself: a double a little to its side rounds as the text does.
  return Math.fround(side === 0 ? value : value * (1 + side * 2 ** -52));
}

/** The float of 32 bits nearest to a float text. */
export function nearestF32(text: string): number {
  const value = slowF64(text);
  return isMidpoint(value) ? roundMidpoint(text, value) : Math.fround(value);
}
