import type { Declared } from '@gaiwan/catalogue';
import { describe, expect, it } from 'vitest';
import { decodeArguments } from './decode.ts';
import { parseArguments } from './json.ts';

const declared = {
  name: { type: 'string', text: 'A name', choices: ['a', 'b'] },
  rows: { type: 'unsigned', text: 'Rows', minimum: 1, maximum: 10, default: 3 },
  rate: { type: 'float', text: 'Rate', default: undefined, maximum: 1 },
  on: { type: 'boolean', text: 'Whether', default: false },
  image: { type: 'bytes', text: 'Bytes', default: undefined },
  columns: { type: 'strings', text: 'Names', default: undefined },
  more: { type: 'object', text: 'More', default: undefined },
  cuts: { type: 'floats', text: 'Cuts', default: undefined },
} as const satisfies Declared;
const oneNumber = { n: { type: 'unsigned', text: 'N' } } as const satisfies Declared;
const decode = (text: string, explain = true) => decodeArguments(parseArguments(text), declared, { explain });

describe('declared arguments', () => {
  it('are decoded in their types, with defaults for what is left out', () => {
    expect(decode('{"name":"a"}')).toEqual({ name: 'a', rows: 3, on: false });
    const all =
      '{"name":"b","rows":10,"rate":0.5,"on":true,"image":[0,255],"columns":["x","y"],"more":{"a":{"b":[1]}},"cuts":[1,2.5,-3.0,18446744073709551616],"another":null}';
    expect(decode(all)).toEqual({
      name: 'b',
      rows: 10,
      rate: 0.5,
      on: true,
      image: Uint8Array.of(0, 255),
      columns: ['x', 'y'],
      more: { a: { b: [1] } },
      cuts: [1, 2.5, -3, 2 ** 64],
    });
    const rate: number | undefined = decode('{"name":"a","rate":1}').rate;
    expect(rate).toBe(1);
    const name: 'a' | 'b' = decode('{"name":"b"}').name;
    expect(name).toBe('b');
  });

  it.each([
    ['{}', '"name" is missing'],
    ['{"name":1}', '"name" must be a string, not 1'],
    ['{"name":"a","rows":4.0}', '"rows" must be an integer that is not negative, not 4'],
    ['{"name":"a","rows":-1}', '"rows" must be an integer'],
    ['{"name":"a","rows":"4"}', '"rows" must be an integer that is not negative, not "4"'],
    ['{"name":"a","rate":"1"}', '"rate" must be a number'],
    ['{"name":"a","on":1}', '"on" must be true or false'],
    ['{"name":"a","image":[256]}', '"image" must be an array of integers'],
    ['{"name":"a","image":[1.0]}', '"image" must be an array of integers'],
    ['{"name":"a","cuts":[1,"2"]}', '"cuts" must be an array of finite numbers'],
    ['{"name":"a","cuts":[1e999]}', '"cuts" must be an array of finite numbers'],
    ['{"name":"a","more":[]}', '"more" must be an object'],
    ['{"name":"a","more":1.5}', '"more" must be an object'],
    ['{"name":"a","more":null}', '"more" must be an object'],
    ['{"name":"a","cuts":1}', '"cuts" must be an array of finite numbers'],
    ['{"name":"a","columns":["x",1]}', '"columns" must be an array of strings'],
  ])('refuses %s', (text, message) => {
    expect(() => decode(text)).toThrow(`Cannot deserialize arguments: ${message}`);
    expect(() => decode(text, false)).toThrow(/^Cannot deserialize arguments$/);
  });

  it.each([
    ['{"name":"c"}', 'The argument "name" must be one of a, b, not "c".'],
    ['{"name":"a","rows":0}', 'The argument "rows" must be at least 1, not 0.'],
    ['{"name":"a","rows":18446744073709551615}', 'The argument "rows" must be at most 10'],
    ['{"name":"a","rate":1.5}', 'The argument "rate" must be at most 1, not 1.5.'],
    ['{"name":"a","rate":1e999}', 'The argument "rate" must be a finite number'],
  ])('keeps bounds: %s', (text, message) => {
    expect(() => decode(text)).toThrow(message);
  });

  it.each([
    ['0', 0],
    ['9007199254740991', 2 ** 53 - 1],
  ])('%s is an unsigned integer', (literal, value) => {
    expect(decodeArguments(parseArguments(`{"n":${literal}}`), oneNumber)).toEqual({ n: value });
  });

  it.each(['9007199254740992', '1764441457123456789', '18446744073709551615'])(
    'A13: %s is not rounded to another integer',
    (literal) => {
      expect(() => decodeArguments(parseArguments(`{"n":${literal}}`), oneNumber)).toThrow(
        `The argument "n" must be at most 9007199254740991, not ${literal}.`,
      );
    },
  );

  it.each(['2.0', '4e0', '-0', 'true', 'null', '[4]', '18446744073709551616'])('%s is none', (literal) => {
    expect(() => decodeArguments(parseArguments(`{"n":${literal}}`), oneNumber)).toThrow(
      'Cannot deserialize arguments',
    );
  });

  it('E5: says what was given as it was given', () => {
    expect(() => decodeArguments(parseArguments('{"n":2.0}'), oneNumber, { explain: true })).toThrow(
      '"n" must be an integer that is not negative, not 2.0',
    );
  });

  it('takes own properties only', () => {
    const inherited = Object.create({ message: 'x' }) as Record<string, unknown>;
    expect(() => decodeArguments(inherited, { message: { type: 'string', text: 'M' } })).toThrow(
      'Cannot deserialize arguments',
    );
  });
});
