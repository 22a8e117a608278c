import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Refusal } from '../refusal.ts';
import { jsonElements, jsonMembers, parseJson } from './scan.ts';

describe('members with their exact text', () => {
  it('keeps the bytes of each value', () => {
    const json = ' {"a" : {"x":1, "y":"}{\\"" } ,"b":[1,2 , 3],"c":"\\u0041\\\\","d":-1.5e3 , "e":null}\n';
    expect([...jsonMembers(json)]).toEqual([
      ['a', '{"x":1, "y":"}{\\"" }'],
      ['b', '[1,2 , 3]'],
      ['c', '"\\u0041\\\\"'],
      ['d', '-1.5e3'],
      ['e', 'null'],
    ]);
  });

  it.each([
    '',
    '[]',
    '{',
    '{"a"}',
    '{"a":}',
    '{"a":1,}',
    '{"a":1 "b":2}',
    '{a:1}',
    '{"a":"b}',
    '{"a":1}{}',
    '{"a":1,"a":2}',
    '{"a":1,"\\u0061":2}',
    '{"a":{"b":1}',
  ])('%s is refused', (json) => {
    expect(() => {
      for (const value of jsonMembers(json).values()) parseJson(value);
    }).toThrow(Refusal);
  });

  it('finds what JSON.parse finds, in any object', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 5 })), fc.nat(3), (object, spaces) => {
        const parsed = Object.fromEntries(
          [...jsonMembers(JSON.stringify(object, undefined, spaces))].map(([name, text]) => [
            name,
            parseJson(text),
          ]),
        );
        expect(JSON.stringify(parsed)).toBe(JSON.stringify(object));
      }),
    );
  });

  it('depth is bounded before anything is parsed', () => {
    const deep = (levels: number) => '['.repeat(levels) + ']'.repeat(levels);
    expect(parseJson(deep(32))).toBeDefined();
    expect(() => parseJson(deep(33))).toThrow('deeper');
    expect(() => parseJson(deep(1_000_000))).toThrow('deeper');
    expect(parseJson(`"${'['.repeat(100)}"`)).toBe('['.repeat(100));
  });
});

describe('elements with their exact text', () => {
  it('keeps the bytes of each', () => {
    expect(jsonElements(' [1 , {"a":[2]},\n"]," , -1.5e3,null ] ')).toEqual([
      '1',
      '{"a":[2]}',
      '"],"',
      '-1.5e3',
      'null',
    ]);
    expect(jsonElements('[ ]')).toEqual([]);
  });

  it.each(['', '{}', '[', '[1', '[1,]', '[1 2]x', '[,1]', '[1]]', '[[1]'])('%s is refused', (json) => {
    expect(() => jsonElements(json).map(parseJson)).toThrow(Refusal);
  });

  it('finds what JSON.parse finds, in any array', () => {
    fc.assert(
      fc.property(fc.array(fc.jsonValue({ maxDepth: 4 })), fc.nat(3), (array, spaces) => {
        const parsed = jsonElements(JSON.stringify(array, undefined, spaces)).map(parseJson);
        expect(JSON.stringify(parsed)).toBe(JSON.stringify(array));
      }),
    );
  });
});
