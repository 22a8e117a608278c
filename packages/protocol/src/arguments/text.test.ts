import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ArgumentsTextError } from './error.ts';
import { argumentsText, readArguments, readItems } from './text.ts';

const canonical = (text: string) => argumentsText(readArguments(text));
const refusalOf = (text: string) => {
  try {
    return canonical(text);
  } catch (error) {
    if (error instanceof ArgumentsTextError) return [error.code, error.member];
    throw error;
  }
};
const anyObject = fc.dictionary(
  fc.string({ unit: 'binary' }),
  fc.jsonValue({ maxDepth: 5, stringUnit: 'binary' }),
);

describe('the canonical text of arguments', () => {
  it('has sorted names, no blanks, and numbers as they were written', () => {
    const text =
      '\r\n{ "b" : [ 1764441457123456789, 2.0, 1E5, true, null ],\t"a": {"\\u007a": "\\u0001/\\/", "y": -0 } }';
    expect(canonical(text)).toBe(
      '{"a":{"y":-0.0,"z":"\\u0001//"},"b":[1764441457123456789,2.0,100000.0,true,null]}',
    );
  });

  it('sorts names by code points, as their bytes', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.string({ unit: 'binary' })), (names) => {
        const object = Object.fromEntries(names.map((name) => [name, null]));
        const sorted = [...names].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
        const members = sorted.map((name) => `${JSON.stringify(name)}:null`);
        expect(canonical(JSON.stringify(object))).toBe(`{${members.join(',')}}`);
      }),
    );
  });

  it('says what JSON.parse reads, and says it in one way', () => {
    fc.assert(
      fc.property(anyObject, fc.constantFrom(undefined, 1, '\t'), (value, blanks) => {
        const given = JSON.stringify(value, undefined, blanks);
        // JavaScript writes large doubles as if they were integers.
        fc.pre(!/\d{19}/.test(given));
        const text = canonical(given);
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
        expect(canonical(text)).toBe(text);
      }),
    );
  });

  it.each([
    ['', 'not-json'],
    ['[]', 'not-an-object'],
    [' "x"', 'not-an-object'],
    ['[', 'not-json'],
    ['{"a":1}{', 'not-json'],
    ['{"a":1,}', 'not-json'],
    ['{"a"}', 'not-json'],
    ["{'a':1}", 'not-json'],
    ['{"a":"\n"}', 'not-json'],
    ['{"a":"\\x"}', 'not-json'],
    ['{"a":"\\"}', 'not-json'],
    ['{"a":0x1}', 'not-json'],
    ['{"a":1_0}', 'not-json'],
    ['\ufeff{}', 'not-json'],
    ['\u00a0{}', 'not-json'],
  ])('%j is refused', (text, code) => {
    expect(refusalOf(text)).toEqual([code, expect.any(String)]);
  });

  it.each(['01', '+1', '1.', '.5', '1e', '--1', 'NaN', 'Infinity', 'True', '-'])(
    '%s is no value',
    (value) => {
      expect(refusalOf(`{"a":${value}}`)).toEqual(['not-json', 'a']);
    },
  );

  it.each([
    ['{"a":1,"\\u0061":2}', 'member-twice', 'a'],
    ['{"a":[{"b":1},{"c d":1e400}]}', 'number-out-of-range', 'a[1]."c d"'],
    ['{"a":"\\ud800"}', 'half-character', 'a'],
    ['{"\\udc00":1}', 'half-character', ''],
    [`{"a":${'['.repeat(32)}${']'.repeat(32)}}`, 'too-deep', `a${'[0]'.repeat(31)}`],
    [`{"a":"${'x'.repeat(4 << 20)}"}`, 'too-long', ''],
    [`{"a":${'9'.repeat(100_000)}}`, 'number-out-of-range', 'a'],
    // Short as it is sent, long as every reader gets it.
    [`{"a":[${'1e15,'.repeat(500_000)}1]}`, 'too-long', ''],
  ])('%.60s is refused by name', (text, code, member) => {
    expect(refusalOf(text)).toEqual([code, member]);
  });

  it('of any text is a text that JSON.parse reads alike, or a refusal', () => {
    const texts = fc.tuple(fc.json(), fc.nat(), fc.string({ maxLength: 3 })).map(([json, at, junk]) => {
      const cut = at % (json.length + 1);
      return `{"a":${json.slice(0, cut)}${junk}${json.slice(cut + 1)}}`;
    });
    fc.assert(
      fc.property(fc.oneof(texts, fc.string()), (text) => {
        const result = refusalOf(text);
        if (typeof result === 'string') expect(JSON.parse(result)).toEqual(JSON.parse(text));
        else if (result[0] === 'not-json') expect(() => JSON.parse(text)).toThrow(SyntaxError);
      }),
      { numRuns: Number(process.env['GAIWAN_FUZZ_RUNS'] ?? 20_000) },
    );
  });
});

it('items of an array are texts, too', () => {
  expect(readItems('[{"b":1.0,"a":2}, 3]')).toEqual(['{"a":2,"b":1.0}', '3']);
  expect(() => readItems('{}')).toThrow(ArgumentsTextError);
});

const PYTHON3 = '/usr/bin/python3';
const hasPython3 = existsSync(PYTHON3);
if (!hasPython3)
  console.log(`SKIPPED: arguments beside Python's json: ${PYTHON3} is wanted (Debian: python3).`);
it.skipIf(!hasPython3)('Python reads the same numbers, names and strings', () => {
  const numbers = fc.oneof(
    fc.bigInt({ min: -(2n ** 63n), max: 2n ** 64n - 1n }).map(String),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value.toExponential().toUpperCase()),
  );
  const members = fc.dictionary(fc.string({ unit: 'binary' }), numbers);
  const given = fc.sample(members, 2000).map(
    (object) =>
      `{${Object.entries(object)
        .map(([name, number]) => `${JSON.stringify(name)} : ${number}`)
        .join(' , ')}}`,
  );
  // Numbers as (kind, value): Python's integers have no bounds, and its floats are the same doubles.
  const script = `
import json, sys
def plain(text):
    pairs = json.loads(text, parse_int=lambda d: ["f", (-0.0).hex()] if d == "-0" else ["i", d],
                       parse_float=lambda d: ["f", float(d).hex()])
    return sorted(pairs.items()), list(pairs) == sorted(pairs)
for line in sys.stdin:
    sent, made = json.loads(line)
    a, b = plain(sent), plain(made)
    if a[0] != b[0] or not b[1]: sys.exit(f"{sent} became {made}")
print("same")
`;
  const lines = given.map((text) => JSON.stringify([text, canonical(text)])).join('\n');
  const { stdout, stderr } = spawnSync(PYTHON3, ['-I', '-c', script], { input: `${lines}\n` });
  expect([stderr.toString(), stdout.toString()]).toEqual(['', 'same\n']);
});
