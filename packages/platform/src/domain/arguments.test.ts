import { describe, expect, it } from 'vitest';
import { bindArguments } from './arguments.ts';

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
    ['1764441457123456789', '1764441457123456789'],
    ['18446744073709551615', '18446744073709551615'],
    ['-9223372036854775808', '-9223372036854775808'],
    ['2.0', '2.0'],
    ['[1e16, 1E+2, -0]', '[1e16,100.0,-0.0]'],
    ['{"z": 9007199254740993, "y": {}}', '{"y":{},"z":9007199254740993}'],
  ])('A13: keep numbers as they were written: %s', (given, kept) => {
    expect(bindArguments(`{"b":${given},"a":1}`, declared)).toBe(`{"a":1,"b":${kept},"fixed":"mine"}`);
  });

  it.each(['1e400', '-1e400', '18446744073709551616', '-9223372036854775809', '1e-400', '9'.repeat(2000)])(
    'A13: a number that would not arrive as it was written is refused by name: %s',
    (given) => {
      expect(() => bindArguments(`{"a":1,"b":{"deep":[0,${given}]}}`, declared)).toThrow(
        expect.objectContaining({
          code: 'argument-out-of-range',
          subjects: ['b.deep[1]'],
          message: expect.stringContaining('as a string') as unknown,
        }),
      );
    },
  );

  it('keep fixed values as the strings that they are', () => {
    const fixed = [{ key: 'n', defaultValue: '1764441457123456789', allowOverwrite: false }];
    expect(bindArguments('{}', fixed)).toBe('{"n":"1764441457123456789"}');
  });

  it('A10: take names of every object like any other', () => {
    const names = ['__proto__', 'constructor', 'toString'];
    const strange = names.map((key) => ({ key, defaultValue: '', allowOverwrite: true }));
    const text = '{"__proto__":{"a":1},"constructor":2,"toString":"x"}';
    expect(bindArguments(text, strange)).toBe(text);
    const fixed = names.map((key) => ({ key, defaultValue: 'd', allowOverwrite: false }));
    expect(bindArguments('{}', fixed)).toBe('{"__proto__":"d","constructor":"d","toString":"d"}');
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
    ['too long', `{"a":"${'x'.repeat(4 << 20)}","b":1}`, 'arguments-too-large', []],
  ])('that are %s', (_what, text, code, subjects) => {
    expect(() => bindArguments(text, declared)).toThrow(expect.objectContaining({ code, subjects }));
  });
});
