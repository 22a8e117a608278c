import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { ArgumentsTextError } from './error.ts';
import { valueText } from './write.ts';

it('writes bigints as integers, and everything else as JSON', () => {
  const value = { id: 1764441457123456789n, rate: 0.5, at: new Date(0), none: undefined, list: [1, null] };
  expect(valueText(value)).toBe(
    '{"at":"1970-01-01T00:00:00.000Z","id":1764441457123456789,"list":[1,null],"rate":0.5}',
  );
});

it('writes what JSON.stringify writes, in order', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 5, noUnicodeString: false }), (value) => {
      fc.pre(!/\d{16}|e\+/.test(JSON.stringify(value)));
      expect(JSON.parse(valueText(value))).toEqual(JSON.parse(JSON.stringify(value)));
    }),
  );
});

const circle: { self?: unknown } = {};
circle.self = circle;

it.each([
  ['a rounded integer', { a: [2 ** 53] }, 'number-out-of-range', 'a[0]'],
  ['a float that is whole', { a: 1e20 }, 'number-out-of-range', 'a'],
  ['NaN', { a: { b: Number.NaN } }, 'number-out-of-range', 'a.b'],
  ['infinity', { a: Number.NEGATIVE_INFINITY }, 'number-out-of-range', 'a'],
  ['a long bigint', { a: 2n ** 64n }, 'number-out-of-range', 'a'],
  ['a function', { a: () => 1 }, 'not-json', 'a'],
  ['an undefined entry', { a: [undefined] }, 'not-json', 'a[0]'],
  ['a circle', circle, 'too-deep', Array(32).fill('self').join('.')],
])('A13: refuses %s by name', (_what, value, code, member) => {
  expect(() => valueText(value)).toThrow(ArgumentsTextError);
  expect(() => valueText(value)).toThrow(expect.objectContaining({ code, member }));
});
