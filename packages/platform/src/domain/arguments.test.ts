import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PlatformError } from '../errors.ts';
import { limits } from '../limits.ts';
import { bindArguments, parseArguments } from './arguments.ts';

const declared = [
  { key: 'a', defaultValue: '', allowOverwrite: true },
  { key: 'b', defaultValue: '', allowOverwrite: true },
  { key: 'fixed', defaultValue: 'mine', allowOverwrite: false },
];

describe('arguments', () => {
  it('are canonical, with the fixed ones of the function', () => {
    expect(bindArguments('{ "b": 1, "a": "x" }', declared)).toBe('{"a":"x","b":1,"fixed":"mine"}');
  });

  it.each([
    ['missing', '{"a":1}', 'arguments-mismatch', ['b']],
    ['not declared', '{"a":1,"b":2,"c":3}', 'arguments-mismatch', ['c']],
    ['fixed by the owner', '{"a":1,"b":2,"fixed":"yours"}', 'arguments-mismatch', ['fixed']],
    ['a prototype', '{"a":1,"b":2,"__proto__":{}}', 'arguments-mismatch', ['__proto__']],
    ['twice', '{"a":1,"a":2,"b":3}', 'bad-arguments', []],
    ['twice in another spelling', '{"a":1,"\\u0061":2,"b":3}', 'bad-arguments', []],
    ['no JSON', '{a:1}', 'bad-arguments', []],
    ['cut off', '{"a":1', 'bad-arguments', []],
    ['a list', '[]', 'bad-arguments', []],
    ['null', 'null', 'bad-arguments', []],
    ['nothing', '', 'bad-arguments', []],
    ['too deep', `{"a":${'['.repeat(40)}${']'.repeat(40)},"b":1}`, 'bad-arguments', []],
    ['too long', `{"a":"${'x'.repeat(limits.argumentsText.value)}","b":1}`, 'arguments-too-large', []],
  ])('that are %s', (_what, text, code, subjects) => {
    expect(() => bindArguments(text, declared)).toThrow(expect.objectContaining({ code, subjects }));
  });

  it('as any text give an object or a refusal', () => {
    const texts = fc.oneof(
      fc.string(),
      fc.json(),
      fc.tuple(fc.json(), fc.nat(), fc.string({ maxLength: 3 })).map(([json, at, junk]) => {
        const cut = at % (json.length + 1);
        return json.slice(0, cut) + junk + json.slice(cut + 1);
      }),
    );
    fc.assert(
      fc.property(texts, (text) => {
        try {
          expect(parseArguments(text)).toEqual(JSON.parse(text));
        } catch (error) {
          expect(error).toBeInstanceOf(PlatformError);
        }
      }),
      { numRuns: 5000 },
    );
  });
});
