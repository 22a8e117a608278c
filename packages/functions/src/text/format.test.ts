import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyF32, fraction, roundsTo } from '../testing/floats.ts';
import { runs } from '../testing/runs.ts';
import { formatDebug, formatF32, formatF64, formatFixed } from './format.ts';
import { parseF32 } from './parse.ts';

const f32 = (text: string) => parseF32(Uint8Array.from(Buffer.from(text)));

describe('writing floats', () => {
  it.each([
    [0, '0.0'],
    [-0, '-0.0'],
    [1, '1.0'],
    [0.1, '0.1'],
    [1e15, '1000000000000000.0'],
    [1e16, '1e16'],
    [1.5e-7, '1.5e-7'],
    [1e-5, '0.00001'],
    [1e-6, '1e-6'],
    [-1.25e20, '-1.25e20'],
    [Number.NaN, 'null'],
    [2 ** 50 + 0.25, '1125899906842624.2'],
  ])('%s in JSON', (value, text) => expect(formatF64(value)).toBe(text));

  it.each([
    [0.1, '0.1'],
    [1.6500001, '1.6500001'],
    [1e12, '1000000000000.0'],
    [1e13, '1e13'],
    [1e-7, '1e-7'],
    [1e-6, '0.000001'],
    [16777216, '16777216.0'],
    [2097152.25, '2097152.2'],
    [2097152.75, '2097152.8'],
    [2 ** -149, '1e-45'],
    [2 ** -103, '9.8607613e-32'],
    [3.4028234663852886e38, '3.4028235e38'],
    [Number.POSITIVE_INFINITY, 'null'],
  ])('%s in JSON, of 32 bits', (value, text) => expect(formatF32(Math.fround(value))).toBe(text));

  it.each([
    [0, '0.0'],
    [1e-4, '0.0001'],
    [9.5e-5, '9.5e-5'],
    [1e15, '1000000000000000.0'],
    [1e16, '1e16'],
    [Number.NaN, 'NaN'],
    [Number.NEGATIVE_INFINITY, '-inf'],
  ])('%s for debugging', (value, text) => expect(formatDebug(value)).toBe(text));

  it.each([
    [0.03125, 4, '0.0312'],
    [0.09375, 4, '0.0938'],
    [-0.5, 1, '-0.5'],
    [2.5, 1, '2.5'],
    [0.25, 1, '0.2'],
    [0.75, 1, '0.8'],
    [1e22, 2, '10000000000000000000000.00'],
    [-0, 4, '-0.0000'],
    [-1e-9, 4, '-0.0000'],
    [1.0000264644622803, 10, '1.0000264645'],
    [Number.POSITIVE_INFINITY, 4, 'inf'],
  ])('%s with %i decimals', (value, decimals, text) => expect(formatFixed(value, decimals)).toBe(text));

  it('fixed decimals are the exact value, rounded to even', () => {
    const value = fc.oneof(
      fc.double({ min: -1e6, max: 1e6, noNaN: true }),
      fc.integer({ min: -1e6, max: 1e6 }).map((n) => n / 2 ** 11),
    );
    fc.assert(
      fc.property(value, fc.integer({ min: 1, max: 12 }), (v, decimals) => {
        const { over, under } = fraction(Math.abs(v));
        const scaled = over * 10n ** BigInt(decimals);
        let n = scaled / under;
        const twice = (scaled % under) * 2n;
        if (twice > under || (twice === under && n % 2n === 1n)) n++;
        const text = n.toString().padStart(decimals + 1, '0');
        const sign = v < 0 || Object.is(v, -0) ? '-' : '';
        expect(formatFixed(v, decimals)).toBe(`${sign}${text.slice(0, -decimals)}.${text.slice(-decimals)}`);
      }),
      { numRuns: runs(5000) },
    );
  });

  const shortestIsRight = (value: number) => {
    const text = formatF32(value);
    expect(f32(text)).toBe(value);
    const [mantissa = '', power = '0'] = text.split('e');
    const [whole = '', part = ''] = mantissa.split('.');
    const digits = `${whole}${part}`.replace(/^0+/, '').replace(/0+$/, '');
    // No decimal with a digit less leads back, and of those with as many none is nearer.
    const places =
      Number(power) + (whole === '0' ? -(/^0*/.exec(part) as RegExpExecArray)[0].length : whole.length);
    const { over, under } = fraction(value);
    for (const count of [digits.length - 1, digits.length]) {
      if (count < 1) continue;
      const exponent = places - count;
      const scaledOver = over * (exponent < 0 ? 10n ** BigInt(-exponent) : 1n);
      const scaledUnder = under * (exponent > 0 ? 10n ** BigInt(exponent) : 1n);
      const below = scaledOver / scaledUnder;
      const fits = [below, below + 1n].filter((n) => roundsTo(n, exponent, value));
      if (count < digits.length) expect(fits).toEqual([]);
      else {
        const distance = (n: bigint) => {
          const d = n * scaledUnder - scaledOver;
          return d < 0n ? -d : d;
        };
        const [first, second] = fits as [bigint, bigint?];
        let best = first;
        if (second !== undefined && distance(second) < distance(first)) best = second;
        else if (second !== undefined && distance(second) === distance(first))
          best = first % 2n === 0n ? first : second;
        expect(digits).toBe(best.toString().replace(/0+$/, ''));
      }
    }
  };
  it('32 bits: the shortest that leads back, the nearest of those', () => {
    fc.assert(fc.property(anyF32, shortestIsRight), { numRuns: runs(5000) });
  });
  it('32 bits: every power of two', () => {
    for (let e = -148; e <= 127; e++) shortestIsRight(2 ** e);
  });
});
