import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FunctionError } from '../refusal.ts';
import { parseArguments } from './json.ts';

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
