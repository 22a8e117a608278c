/** Powers of ten as sums of two doubles, for products that are right to about 100 bits. */
import { bitsOf } from './bits.ts';

/** Exponents from -RANGE to RANGE are there: products with 18 digits stay far from under- and overflow. */
export const RANGE = 270;

/** 10^e is `HIGH[e + RANGE] + LOW[e + RANGE]`, within 2^-106 of itself. `HIGH` is also kept split in 26 + 27 bits. */
export const HIGH = new Float64Array(2 * RANGE + 1);
export const LOW = new Float64Array(2 * RANGE + 1);
export const HIGH_TOP = new Float64Array(2 * RANGE + 1);
export const HIGH_REST = new Float64Array(2 * RANGE + 1);

/** For Dekker's splitting of a double into two halves whose products are exact. */
export const SPLITTER = 2 ** 27 + 1;

/** 10^0..10^22: exact. */
export const EXACT = Float64Array.from({ length: 23 }, (_, e) => Number(`1e${e}`));

/** 10^e, exactly, for e from 0 to 22. */
export const exactPower = (e: number): number => EXACT[e];

/** Enough that the rest of 10^-RANGE keeps over 100 bits, and that no rest exceeds a double. */
const SCALE = 1060n;

/** A normal double as a multiple of 2^-SCALE. */
function inScale(value: number): bigint {
  const bits = bitsOf(value);
  return ((bits & 0xfffffffffffffn) | (1n << 52n)) << ((bits >> 52n) - 1075n + SCALE);
}

/** 10^e less the double next to it. */
function rest(e: number, high: number): number {
  if (e >= 0) return Number(10n ** BigInt(e) - BigInt(high));
  const half = 2 ** (-Number(SCALE) / 2);
  return Number((1n << SCALE) / 10n ** BigInt(-e) - inScale(high)) * half * half;
}

for (let e = -RANGE; e <= RANGE; e++) {
  const i = e + RANGE;
  const high = Number(`1e${e}`);
  const top = high * SPLITTER;
  HIGH[i] = high;
  LOW[i] = rest(e, high);
  HIGH_TOP[i] = top - (top - high);
  HIGH_REST[i] = high - (top - (top - high));
}
