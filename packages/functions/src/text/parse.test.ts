import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyF32, roundsTo } from '../testing/floats.ts';
import { runs } from '../testing/runs.ts';
import { parseF32, parseF64 } from './parse.ts';

const bytes = (text: string) => Uint8Array.from(Buffer.from(text));
const f64 = (text: string) => parseF64(bytes(text));
const f32 = (text: string) => parseF32(bytes(text));

const decimalText = fc
  .tuple(
    fc.constantFrom('', '-', '+'),
    fc.oneof(fc.bigInt(0n, 10n ** 25n), fc.bigInt(0n, 99999n), fc.bigInt(10n ** 15n, 10n ** 18n)).map(String),
    fc.nat(26),
    fc.oneof(
      fc.constant(''),
      fc.integer({ min: -340, max: 320 }).map((e) => `e${e}`),
      fc.integer({ min: -25, max: 25 }).map((e) => `E${e}`),
    ),
  )
  .map(([sign, digits, place, exponent]) => {
    const at = Math.max(0, digits.length - place);
    return `${sign}${digits.slice(0, at)}${place > 0 ? '.' : ''}${digits.slice(at)}${exponent}`;
  });

describe('reading floats', () => {
  it.each([
    ['1', 1],
    ['+1', 1],
    ['1.', 1],
    ['.5', 0.5],
    ['1e3', 1000],
    ['-0', -0],
    ['-0e999', -0],
    ['00000000000000000000001.50', 1.5],
    ['inf', Number.POSITIVE_INFINITY],
    ['-Infinity', Number.NEGATIVE_INFINITY],
    ['+NaN', Number.NaN],
    ['1e400', Number.POSITIVE_INFINITY],
    ['1e-400', 0],
    ['9007199254740993', 9007199254740992],
    ['9007199254740993.0000000000000000000000001', 9007199254740994],
    ['2.2250738585072011e-308', 2.225073858507201e-308],
    [`1${'0'.repeat(1000)}e-1000`, 1],
  ])('%s', (text, value) => {
    expect(f64(text)).toBe(value);
    expect(f32(text)).toBe(Math.fround(value));
  });

  it.each([
    '.',
    '+',
    '-.',
    '1e',
    '1e+',
    'e5',
    '0x10',
    '1_0',
    ' 1',
    '1 ',
    '1,2',
    'in',
    'infin',
    'nan0',
    '++1',
    '1..',
    'é',
    '1\r',
  ])('refuses %j', (text) => {
    expect(() => f64(text)).toThrow(/^invalid float literal$/);
  });
  it('refuses nothing at all', () => {
    expect(() => f64('')).toThrow(/^cannot parse float from empty string$/);
  });

  it('agrees with Number', () => {
    fc.assert(
      fc.property(decimalText, (text) => Object.is(f64(text), Number(text))),
      { numRuns: runs(20_000) },
    );
    fc.assert(
      fc.property(fc.double({ noNaN: true }), (value) => {
        expect(f64(String(value))).toBe(value + 0);
        if (Number.isFinite(value)) expect(f64(value.toExponential(17))).toBe(value + 0);
      }),
      { numRuns: runs(5000) },
    );
  });

  it('rounds to 32 bits once', () => {
    // The first two are a hair beside midpoints, which they would be rounded to on the way through a double.
    expect(f32('16777217.000000000000001')).toBe(16777218);
    expect(f32('16777216.999999999999999')).toBe(16777216);
    expect(f32('16777217')).toBe(16777216);
    expect(f32('16777219')).toBe(16777220);
    expect(f32(`16777217.${'0'.repeat(300)}1`)).toBe(16777218);
    expect(f32('3.4028235677973366164e38')).toBe(Number.POSITIVE_INFINITY);
    expect(f32('3.4028235677973366163e38')).toBe(Math.fround(3.4028234663852886e38));
    expect(f32('7.006492321624085e-46')).toBe(0);
    expect(f32('-7.006492321624086e-46')).toBe(-(2 ** -149));
    const nearMidpoint = anyF32.chain((value) =>
      fc.tuple(fc.constant(value), fc.integer({ min: 9, max: 25 }), fc.integer({ min: -1, max: 1 })),
    );
    fc.assert(
      fc.property(nearMidpoint, ([value, count, nudge]) => {
        const bits = new Uint32Array(Float32Array.of(value).buffer)[0] as number;
        const next = new Float32Array(Uint32Array.of(bits + 1).buffer)[0] as number;
        if (!Number.isFinite(next)) return;
        const [mantissa = '', power = '0'] = ((value + next) / 2).toExponential(count).split('e');
        const digits = BigInt(mantissa.replace('.', '')) + BigInt(nudge);
        const exponent = Number(power) - count;
        expect(roundsTo(digits, exponent, f32(`${digits}e${exponent}`) || 2 ** -149)).toBe(
          f32(`${digits}e${exponent}`) !== 0,
        );
      }),
      { numRuns: runs(5000) },
    );
  });

  it('takes or refuses anything', () => {
    const likely = fc.string({ unit: fc.constantFrom(...'0123456789.+-eEinfa '.split('')), maxLength: 12 });
    fc.assert(
      fc.property(fc.oneof(likely, fc.string()), (text) => {
        const right = /^[+-]?(inf|infinity|nan|([0-9]+\.?[0-9]*|\.[0-9]+)(e[+-]?[0-9]+)?)$/i.test(text);
        let taken = true;
        try {
          f64(text);
        } catch {
          taken = false;
        }
        expect(taken).toBe(right);
      }),
      { numRuns: runs(5000) },
    );
  });
});
