import { describe, expect, it } from 'vitest';
import { ArgumentsError, flattenArguments, refuseNul } from './flatten.ts';

describe('flattened arguments', () => {
  it('are pairs in the order of the keys’ bytes', () => {
    expect(flattenArguments('{"b":"2","a":"1","B":"0","10":"x","9":"y"}')).toEqual([
      '10',
      'x',
      '9',
      'y',
      'B',
      '0',
      'a',
      '1',
      'b',
      '2',
    ]);
    // U+FF5E sorts before U+1F600 in UTF-8, not in UTF-16.
    expect(flattenArguments('{"\u{1f600}":"2","\uff5e":"1"}')).toEqual(['\uff5e', '1', '\u{1f600}', '2']);
    expect(flattenArguments('{}')).toEqual([]);
    expect(flattenArguments('{"__proto__":"p"}')).toEqual(['__proto__', 'p']);
  });

  it.each([
    ['3', '3'],
    ['0.1', '0.1'],
    ['true', 'true'],
    ['null', 'null'],
    ['[1, 2]', '[1,2]'],
    ['1e5', '100000.0'],
    ['1.0', '1.0'],
    ['-0', '-0.0'],
    ['1e16', '1e16'],
    ['1e15', '1000000000000000.0'],
    ['1.5e-7', '1.5e-7'],
    ['0.0001', '0.0001'],
    ['0.00001', '0.00001'],
    ['0.000001', '1e-6'],
    ['1e+20', '1e20'],
    ['18446744073709551615', '18446744073709551615'],
    ['-9223372036854775808', '-9223372036854775808'],
    ['1764441457123456789', '1764441457123456789'],
    ['{"b": [1.0, "x\\u0001"], "a": {"10": 1, "9": 2}}', '{"a":{"10":1,"9":2},"b":[1.0,"x\\u0001"]}'],
  ])('%s becomes %s', (json, text) => {
    expect(flattenArguments(`{"k":${json}}`)).toEqual(['k', text]);
  });

  it.each([
    '',
    '[]',
    '"x"',
    'null',
    '{"a":1e999}',
    '{"a":18446744073709551616}',
    '{"a":-9223372036854775809}',
    '{"a":',
    `{"a":${'['.repeat(300)}${']'.repeat(300)}}`,
  ])('refuses %s', (json) =>
    expect(() => flattenArguments(json)).toThrow(new ArgumentsError('Cannot convert to function arguments')),
  );

  it('names the argument with a NUL', () => {
    expect(() => refuseNul(flattenArguments('{"a":"x","b":"y\\u0000"}'))).toThrow(
      /argument "b" contains a NUL/,
    );
  });
});
