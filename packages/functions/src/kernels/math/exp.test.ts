import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runs } from '../../testing/runs.ts';
import { exp } from './exp.ts';
import { expSlow } from './exp-slow.ts';

const BITS = 2400n;

/** Rounds a positive multiple of 2^-BITS to a double, also below the normal ones. */
function round(value: bigint): number {
  const length = BigInt(value.toString(2).length);
  const last = length - 53n > BITS - 1074n ? length - 53n : BITS - 1074n;
  const half = 1n << (last - 1n);
  let n = value >> last;
  const rest = value & ((1n << last) - 1n);
  if (rest > half || (rest === half && n % 2n === 1n)) n++;
  const exponent = Number(last - BITS);
  return Number(n) * 2 ** Math.ceil(exponent / 2) * 2 ** Math.floor(exponent / 2);
}

/** e^x by nothing but the series and squaring, in integers of 2400 bits. */
function reference(x: number): number {
  const bits = new BigUint64Array(Float64Array.of(Math.abs(x)).buffer)[0] as bigint;
  const mantissa = bits >> 52n === 0n ? bits : (bits & 0xfffffffffffffn) | (1n << 52n);
  const size =
    mantissa << ((bits >> 52n || 1n) - 1075n + BITS > 0n ? (bits >> 52n || 1n) - 1075n + BITS : 0n);
  let sum = 1n << BITS;
  for (let k = 1n, term = sum; term !== 0n; k++) {
    term = ((term * size) >> BITS) / k / 1024n;
    sum += term;
  }
  for (let i = 0; i < 10; i++) sum = (sum * sum) >> BITS;
  if (x < 0) sum = (1n << (2n * BITS)) / sum;
  return round(sum);
}

describe('exp', () => {
  it.each([
    [0, 1],
    [-0, 1],
    [1, Math.E],
    [Number.NaN, Number.NaN],
    [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY],
    [Number.NEGATIVE_INFINITY, 0],
    [709.782712893384, 1.7976931348622732e308],
    [709.7827128933841, Number.POSITIVE_INFINITY],
    [-745.1332191019411, 2 ** -1074],
    [-745.1332191019412, 0],
    [5e-324, 1],
    [-(2 ** -54), 1],
    [2 ** -53, 1 + 2 ** -52],
    [2 ** -52, 1 + 2 ** -52],
  ])('of %s is %s', (x, value) => expect(exp(x)).toBe(value));

  const argument = fc.oneof(
    fc.double({ min: -746, max: 710, noNaN: true }),
    fc.double({ min: -5, max: 5, noNaN: true }),
    fc.double({ min: -1e-3, max: 1e-3, noNaN: true }),
    fc.integer({ min: -745, max: 709 }),
  );
  it('is correctly rounded', () => {
    fc.assert(
      fc.property(argument, (x) => {
        const right = reference(x);
        expect(exp(x)).toBe(right);
        if (Math.abs(x) > 2 ** -60 && x > -745.2) expect(expSlow(x)).toBe(right);
      }),
      { numRuns: runs(1000) },
    );
  });
  it('agrees with its slow way on many', () => {
    let slow = 0;
    for (let i = 0; i < 20_000; i++) {
      const x = ((i * 0.6180339887498949) % 1) * 60 - 30;
      if (exp(x) !== expSlow(x)) slow++;
    }
    expect(slow).toBe(0);
  });
});
