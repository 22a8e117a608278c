/** What Rust's `parse` takes as a float (contract 1.0), and its exact value the slow way. */

import { bitsOf } from '../kernels/decimal/bits.ts';

const FLOAT = /^[+-]?(?:inf(?:inity)?|nan|(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?)$/i;

/** Rust's error text for what is no float; undefined for what is one. */
export function floatFault(text: string): string | undefined {
  if (text === '') return 'cannot parse float from empty string';
  return FLOAT.test(text) ? undefined : 'invalid float literal';
}

/** The double nearest to a float text (one without `floatFault`). */
export function slowF64(text: string): number {
  const value = Number(text);
  if (!Number.isNaN(value)) return value;
  const word = text.replace(/^[+-]/, '').toLowerCase();
  if (word === 'nan') return Number.NaN;
  return text.startsWith('-') ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
}

/** More digits than any midpoint of two floats of 32 bits has. */
const ENOUGH = 200;

/** Decimal text as `digits * 10^exponent`; digits that cannot matter beside a midpoint become a final 1. */
function decimal(text: string): { readonly digits: bigint; readonly exponent: number } {
  const [mantissa = '', exponent = '0'] = text.replace(/^[+-]/, '').toLowerCase().split('e');
  const [whole = '', fraction = ''] = mantissa.split('.');
  const all = (whole + fraction).replace(/^0+/, '');
  const scale = Number(exponent) - fraction.length;
  if (all.length <= ENOUGH) return { digits: BigInt(all || '0'), exponent: scale };
  const sticky = /[1-9]/.test(all.slice(ENOUGH)) ? '1' : '0';
  return { digits: BigInt(all.slice(0, ENOUGH) + sticky), exponent: scale + all.length - ENOUGH - 1 };
}

/** The sign of |decimal text| - |value|, exactly; `value` is a normal double of moderate size. */
export function compareMagnitude(text: string, value: number): number {
  const { digits, exponent } = decimal(text);
  const bits = bitsOf(Math.abs(value));
  const binaryExponent = Number(bits >> 52n) - 1075;
  let left = digits;
  let right = (bits & 0xfffffffffffffn) | (1n << 52n);
  if (exponent >= 0) left *= 10n ** BigInt(exponent);
  else right *= 10n ** BigInt(-exponent);
  if (binaryExponent >= 0) right <<= BigInt(binaryExponent);
  else left <<= BigInt(-binaryExponent);
  return left > right ? 1 : left < right ? -1 : 0;
}
