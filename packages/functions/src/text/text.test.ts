import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatDebug, formatF32, formatF64, formatFixed } from './format.ts';
import { parseF32, parseF64 } from './parse.ts';

const bytes = (text: string) => Uint8Array.from(Buffer.from(text));
const f64 = (text: string) => parseF64(bytes(text));
const f32 = (text: string) => parseF32(bytes(text));

/** A positive double as a fraction. */
function fraction(value: number): { over: bigint; under: bigint } {
  let under = 1n;
  let over = value;
  while (!Number.isInteger(over)) {
    over *= 2;
    under *= 2n;
  }
  return { over: BigInt(over), under };
}

/** Whether `digits * 10^exponent` rounds to the positive 32-bit float `value`: exact comparison with both midpoints. */
function roundsTo(digits: bigint, exponent: number, value: number): boolean {
  const bits = new Uint32Array(Float32Array.of(value).buffer)[0] as number;
  const at = (pattern: number) => new Float32Array(Uint32Array.of(pattern).buffer)[0] as number;
  const next = at(bits + 1);
  const bounds = [
    (at(bits - 1) + value) / 2,
    Number.isFinite(next) ? (value + next) / 2 : 2 ** 128 - 2 ** 103,
  ];
  const [low, high] = bounds.map((bound) => {
    const { over, under } = fraction(bound);
    const left = digits * under * (exponent > 0 ? 10n ** BigInt(exponent) : 1n);
    const right = over * (exponent < 0 ? 10n ** BigInt(-exponent) : 1n);
    return left < right ? -1 : left > right ? 1 : 0;
  });
  const even = bits % 2 === 0;
  return (low === 1 || (even && low === 0)) && (high === -1 || (even && high === 0));
}

const anyF32 = fc.oneof(
  fc
    .integer({ min: 1, max: 0x7f7fffff })
    .map((bits) => new Float32Array(Uint32Array.of(bits).buffer)[0] as number),
  fc.integer({ min: 1, max: 99999 }).map((n) => Math.fround(n / 1000)),
  // Quarters: ties between two decimals that both lead back.
  fc.integer({ min: 2 ** 23, max: 2 ** 24 - 1 }).map((n) => n / 4),
);

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
      fc.property(decimalText, (text) => {
        expect(f64(text)).toBe(Number(text));
      }),
      { numRuns: 100_000 },
    );
    fc.assert(
      fc.property(fc.double({ noNaN: true }), (value) => {
        expect(f64(String(value))).toBe(value + 0);
        if (Number.isFinite(value)) expect(f64(value.toExponential(17))).toBe(value + 0);
      }),
      { numRuns: 20_000 },
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
      { numRuns: 20_000 },
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
      { numRuns: 20_000 },
    );
  });
});

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
      { numRuns: 20_000 },
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
    fc.assert(fc.property(anyF32, shortestIsRight), { numRuns: 20_000 });
  });
  it('32 bits: every power of two', () => {
    for (let e = -148; e <= 127; e++) shortestIsRight(2 ** e);
  });
});
