import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseArguments, stringArgument, unsignedArgument } from './arguments.ts';
import { FunctionError } from './function.ts';

describe('the arguments text', () => {
  it.each(['', '[]', '1', '1.5', 'null', '"x"', '{', '{"a":1,}', '{"a":"\\ud800"}', '{"\\udc00":1}'])(
    'refuses %j',
    (text) => {
      expect(() => parseArguments(text)).toThrow('Cannot convert to function arguments');
    },
  );

  it('never fails in another way', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        try {
          parseArguments(text);
        } catch (error) {
          expect(error).toBeInstanceOf(FunctionError);
        }
      }),
    );
  });
});

describe('typed decoding', () => {
  it.each([
    ['0', 0],
    ['4', 4],
    ['18446744073709551615', 2 ** 64],
  ])('%s is an unsigned integer', (literal, value) => {
    expect(unsignedArgument(parseArguments(`{"n":${literal}}`), 'n')).toBe(value);
  });

  it.each(['4.0', '4e0', '-1', '-0', '"4"', 'true', 'null', '[4]', '18446744073709551616'])(
    '%s is none',
    (literal) => {
      expect(() => unsignedArgument(parseArguments(`{"n":${literal}}`), 'n')).toThrow(
        'Cannot deserialize arguments',
      );
    },
  );

  it('takes own properties only', () => {
    expect(() =>
      stringArgument(Object.create({ message: 'x' }) as Record<string, unknown>, 'message'),
    ).toThrow('Cannot deserialize arguments');
    expect(() => unsignedArgument({}, 'n')).toThrow('Cannot deserialize arguments');
  });
});
