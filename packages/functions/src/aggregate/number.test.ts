import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FunctionError } from '../refusal.ts';
import { type Decimal, readDecimal, readFloat } from './number.ts';

describe('numbers', () => {
  const bytes = (text: string) => new Uint8Array(Buffer.from(text));
  const decimal = (text: string) => {
    const into: Decimal = { mantissa: 0, decimals: 0 };
    return readDecimal(bytes(text), 0, text.length, into) ? into : undefined;
  };

  it.each([
    ['0', 0, 0],
    ['-12.50', -1250, 2],
    ['+7', 7, 0],
    ['.5', 5, 1],
    ['5.', 5, 0],
    ['000000000000000000001', 1, 0],
    ['999999999999999', 999999999999999, 0],
  ])('%j is a decimal', (text, mantissa, decimals) => {
    expect(decimal(text)).toEqual({ mantissa, decimals });
  });

  it.each([
    '',
    '.',
    '-',
    '+.',
    '1e3',
    '1_0',
    ' 1',
    '1 ',
    '1.2.3',
    '--1',
    '0x10',
    'NaN',
    '1234567890123456',
    '0.0000000000000001',
  ])('%j is none', (text) => expect(decimal(text)).toBeUndefined());

  it('floats are the nearest ones', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        const text = String(value);
        const read = readFloat(bytes(text), 0, text.length);
        expect(read).toBe(Object.is(value, -0) ? 0 : value);
      }),
      { numRuns: 2000 },
    );
    const long = `0.1${'0'.repeat(500)}1`;
    expect(readFloat(bytes(long), 0, long.length)).toBe(0.1);
    for (const text of ['', 'inf', 'nan', '1e999', '0x1', '1e', 'e1', '1 ']) {
      expect(() => readFloat(bytes(text), 0, text.length)).toThrow(
        new FunctionError('invalid-input', 'it is no finite number'),
      );
    }
  });
});
