import { readArguments } from '@gaiwan/protocol/arguments';
import * as fc from 'fast-check';
import { parse } from 'smol-toml';
import { describe, expect, it } from 'vitest';
import { columnsOf } from './columns.ts';
import { jsonText } from './json-text.ts';
import { parseDescription } from './read.ts';
import { templateOf } from './template.ts';

const whole = `name = "a"
creator = "x"
function = "builtin-echo"
[parties]
x = "ann"
[arguments]
message = "hi"
`;
const read = (text: string) => parseDescription(text, 'a.toml').description;
const usage = (message: string) =>
  expect.objectContaining({ code: 'usage', message: expect.stringContaining(message) as string }) as Error;

describe('the file of a computation', () => {
  it('says all of it', () => {
    expect(
      read(`${whole.replace('[parties]', `logs = ["function-owner", "creator"]\nrepeat = true\n[parties]\ny = { user = "bob", key = "${'ab'.repeat(32)}" }`)}
[inputs.i]
from = ["x", "y"]
columns = ["a", "b"]
[outputs.o]
to = "y"
file = "o.csv"
[limits]
seconds = 60
memory_mib = 512
`),
    ).toEqual({
      name: 'a',
      creator: 'ann',
      parties: [
        { name: 'y', user: 'bob', key: 'ab'.repeat(32) },
        { name: 'x', user: 'ann' },
      ],
      function: { name: 'builtin-echo' },
      executor: 'builtin',
      arguments: '{"message":"hi"}',
      inputs: { i: { owners: ['ann', 'bob'], columns: ['a', 'b'] } },
      outputs: { o: { owners: ['bob'], file: 'o.csv' } },
      limits: { timeMs: 60_000, memoryMiB: 512 },
      logs: ['creator', 'function-owner'],
      repeat: true,
    });
  });

  it.each([
    ['a name like an id', 'name = "a"', 'name = "task-1"', 'is called "task-1"'],
    ['a name of a folder', 'name = "a"', 'name = "../a"', 'is called "../a"'],
    ['no creator', 'creator = "x"', '', '"creator" must be a text'],
    [
      'a creator who is no party',
      'creator = "x"',
      'creator = "z"',
      'names "z" in "creator", which is no party: [parties] has x',
    ],
    [
      'an idle party',
      'x = "ann"',
      'x = "ann"\ny = "bob"',
      'names the party "y", which neither gives nor gets anything',
    ],
    ['one user twice', 'x = "ann"', 'x = "ann"\ny = "ann"', '"parties": it names "ann" twice'],
    [
      'a key that is none',
      'x = "ann"',
      'x = { user = "ann", key = "ab" }',
      '"parties", "x": it has a "key" that is no id of one',
    ],
    ['no function', 'function = "builtin-echo"', 'function = {}', 'says neither "name", "id" nor "project"'],
    [
      'a project without its hash',
      'function = "builtin-echo"',
      'function = { project = "." }',
      'names a "project" without its "version"',
    ],
    [
      'an unknown limit',
      '[arguments]',
      '[limits]\nminutes = 3\n[arguments]',
      '"limits": unknown key "minutes"',
    ],
    [
      'a limit of 0',
      '[arguments]',
      '[limits]\nseconds = 0\n[arguments]',
      '"seconds" must be a whole number above 0',
    ],
    [
      'a limit beyond numbers',
      '[arguments]',
      '[limits]\nseconds = 9223372036854775807\n[arguments]',
      '"seconds" must be a whole number above 0',
    ],
    [
      'an unknown reader',
      'creator = "x"',
      'creator = "x"\nlogs = ["everybody"]',
      'has "everybody" in "logs"',
    ],
    ['a date', 'message = "hi"', 'message = 2026-12-01', 'arguments.message is a date'],
    ['infinity', 'message = "hi"', 'message = [inf]', 'arguments.message[0] is Infinity'],
    [
      'an argument to fill in',
      'message = "hi"',
      'message = "?"',
      'still has to be told what the argument "message" is',
    ],
    [
      'a file elsewhere',
      '[arguments]',
      '[outputs.o]\nto = "x"\nfile = "../o"\n[arguments]',
      'calls its file "../o"',
    ],
    [
      'a column twice',
      '[arguments]',
      '[inputs.o]\nfrom = "x"\ncolumns = ["a", "a"]\n[arguments]',
      'names a column twice',
    ],
    [
      'nobody for an input',
      '[arguments]',
      '[inputs.o]\nfrom = []\n[arguments]',
      '"from" must be a text, or a list of texts',
    ],
    ['a key twice', 'name = "a"', 'name = "a"\nname = "b"', 'is no TOML'],
    ['deep nesting', 'message = "hi"', `message = ${'['.repeat(5000)}${']'.repeat(5000)}`, 'is no TOML'],
    [
      'a member of the prototype',
      '[arguments]',
      '[__proto__]\na = 1\n[arguments]',
      'unknown key "__proto__"',
    ],
  ])('is refused with %s', (_what, from, to, message) => {
    expect(whole).toContain(from);
    expect(() => read(whole.replace(from, to))).toThrow(usage(message));
  });

  it('keeps numbers as they are written', () => {
    const { a } = parse(
      'a = { i = 2, f = 2.0, big = 9223372036854775807, e = 1e300, n = -0.0, t = [true, "x"] }',
      { integersAsBigInt: true },
    );
    expect(jsonText(a, 'a')).toBe(
      '{"i":2,"f":2.0,"big":9223372036854775807,"e":1e+300,"n":-0.0,"t":[true,"x"]}',
    );
  });

  it('of any text is one, or refused by a sentence', () => {
    const words = [
      'name',
      'creator',
      '[parties]',
      '[arguments]',
      '[inputs.a]',
      'from',
      '=',
      '"x"',
      '1',
      '{',
      '}',
      '[',
      ']',
      '\n',
      '.',
      "'''",
      '__proto__',
    ];
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(fc.constantFrom(...words)).map((list) => list.join(' ')),
      fc
        .tuple(fc.nat(whole.length), fc.string(), fc.nat(9))
        .map(([at, more, gone]) => whole.slice(0, at) + more + whole.slice(at + gone)),
    );
    fc.assert(
      fc.property(text, (given) => {
        try {
          expect(readArguments(read(given).arguments)).toBeDefined();
        } catch (error) {
          expect(error).toMatchObject({ name: 'CliError', code: 'usage' });
        }
      }),
    );
  });
});

describe('a template', () => {
  it('of every built-in function is a description, once it is filled in', async () => {
    const { catalogue } = await import('@gaiwan/catalogue');
    for (const name of catalogue.keys()) {
      const text = await templateOf(name, { users: ['ann', 'bob'], creator: 'ann' });
      const { parties, function: fn } = read(text);
      expect([fn.name, parties.length]).toEqual([name, expect.any(Number)]);
    }
    await expect(templateOf('nothing', { users: [] })).rejects.toThrow(usage('neither a built-in function'));
  });
});

describe('the columns of a table', () => {
  it.each([
    ['a,b\n1,2', ',', ['a', 'b']],
    ['a;"b;""c"""\r\n', ';', ['a', 'b;"c"']],
    ['"two\nlines", c ', ',', ['two\nlines', 'c']],
    ['', ',', ['']],
  ])('of %j', (text, delimiter, columns) => expect(columnsOf(text, delimiter)).toEqual(columns));

  it('of any text end', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary' }),
        fc.string({ minLength: 1, maxLength: 3 }),
        (text, delimiter) => {
          expect(columnsOf(text, delimiter).length).toBeGreaterThan(0);
        },
      ),
    );
  });
});
