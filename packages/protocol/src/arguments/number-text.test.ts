import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { floatText, numberText } from './number-text.ts';

describe('numbers', () => {
  it('floats come back as the same double', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        const text = floatText(value);
        expect(Object.is(Number(text), value)).toBe(true);
        expect(text).toMatch(/^-?(\d+\.\d+|\d(\.\d+)?e-?\d+)$/);
        expect(numberText(text)).toBe(text);
      }),
    );
  });

  it('A13: integers of 64 bits stay as they are, all others are refused', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 66n), max: 2n ** 66n }), (value) => {
        const fits = value >= -(2n ** 63n) && value < 2n ** 64n;
        expect(numberText(String(value))).toBe(fits ? String(value) : undefined);
      }),
    );
  });

  it.each([
    ['1e16', '1e16'],
    ['1e15', '1000000000000000.0'],
    ['1E+2', '100.0'],
    ['2.0', '2.0'],
    ['-0', '-0.0'],
    ['-0.0', '-0.0'],
    ['0e99', '0.0'],
    ['0.000001', '1e-6'],
    ['5e-324', '5e-324'],
  ])('%s is written %s', (source, text) => {
    expect(numberText(source)).toBe(text);
  });

  it.each(['1e400', '-1e400', '1e-400', '0.0001e-330'])('%s is no double', (source) => {
    expect(numberText(source)).toBeUndefined();
  });
});
