/** The exponential function in integers of 256 bits behind the point: slow, and right wherever a double can ask. */

import { bitsOf } from '../decimal/bits.ts';

export const BITS = 256n;
const ONE = 1n << BITS;

/** atanh(1 / n) as a multiple of 2^-BITS. */
function inverseTangent(n: bigint): bigint {
  let sum = 0n;
  let power = ONE / n;
  for (let k = 1n; power !== 0n; k += 2n) {
    sum += power / k;
    power /= n * n;
  }
  return sum;
}

/** ln 2, by Machin's kind of sum. */
export const LN2 = 18n * inverseTangent(26n) - 2n * inverseTangent(4801n) + 8n * inverseTangent(8749n);

/** e^x for x as a multiple of 2^-BITS, |x| < 1. */
export function expFixed(x: bigint): bigint {
  let sum = ONE;
  let term = ONE;
  for (let k = 1n; term !== 0n && term !== -1n; k++) {
    term = (term * x) >> BITS;
    term /= k;
    sum += term;
  }
  return sum;
}

/** A double as a multiple of 2^-BITS; what is below that is cut off. */
function toFixedPoint(value: number): bigint {
  const bits = bitsOf(Math.abs(value));
  const shift = (bits >> 52n) - 1075n + BITS;
  const mantissa = (bits & 0xfffffffffffffn) | (1n << 52n);
  const size = shift >= 0n ? mantissa << shift : mantissa >> -shift;
  return value < 0 ? -size : size;
}

/** e^x, rounded to the nearest double, for 2^-100 < |x| < 746. */
export function expSlow(x: number): number {
  const exact = toFixedPoint(x);
  const k = exact / LN2;
  const mantissa = expFixed(exact - k * LN2);
  const exponent = Number(k - BITS);
  // Number() rounds to nearest; a power of two then changes nothing while the result is a normal double.
  if (x > -708) return Number(mantissa) * 2 ** Math.ceil(exponent / 2) * 2 ** Math.floor(exponent / 2);
  // Below, the last place is 2^-1074 whatever the size.
  const shift = BigInt(-exponent - 1074);
  const half = 1n << (shift - 1n);
  return Number((mantissa + half) >> shift) * 2 ** -1074;
}
