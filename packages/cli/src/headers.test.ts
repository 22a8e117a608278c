/** Ours does what Node's does. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Headers as Ours } from './headers.ts';

type Either = Ours | Headers;

const name = fc.oneof(
  fc.constantFrom(
    'a',
    'A',
    'b',
    'Content-Type',
    'set-cookie',
    'Set-Cookie',
    'cookie',
    '__proto__',
    'constructor',
  ),
  fc.constantFrom('', ' a', 'a b', 'ä', 'a:', 'a\n', 'a\0', '(', "!#$%&'*+-.^_`|~1"),
  fc.string({ maxLength: 4 }),
);
const value = fc.oneof(
  fc.constantFrom(
    '',
    'x',
    ' x ',
    '\tx\t',
    '\r\nx',
    'x\n',
    'x\r\ny: z',
    'x\0',
    'ÿ',
    'Ā',
    '\u{1f600}',
    '\x0bx',
    '\xa0x',
  ),
  fc.string({ maxLength: 4, unit: 'binary' }),
);
const step = fc.oneof(
  fc.tuple(fc.constantFrom('append', 'set'), name, value),
  fc.tuple(fc.constantFrom('delete', 'get', 'has'), name),
  fc.tuple(fc.constant('getSetCookie')),
);
const pairs = fc.array(fc.tuple(name, value), { maxLength: 4 });
const init = fc.oneof(
  fc.constantFrom(undefined, null, 'ab', 1, [['a']], [['a', 'b', 'c']], ['ab'], [1], { [Symbol('s')]: 'x' }),
  pairs,
  // Node loses that one out of an object.
  fc.dictionary(
    name.filter((key) => key !== '__proto__'),
    value,
    { maxKeys: 4 },
  ),
  pairs.map((list) => new Map(list)),
);

/** What it gives, or that it refuses. */
function attempt(act: () => unknown): unknown {
  try {
    return act();
  } catch (error) {
    return `refused: ${(error as Error).name}`;
  }
}

function whatIsIn(headers: Either): unknown {
  const called: unknown[] = [];
  headers.forEach((...[text, key, self]: [string, string, unknown]) => {
    called.push([text, key, self === headers]);
  });
  return { all: [...headers], keys: [...headers.keys()], values: [...headers.values()], called };
}

function story(
  Kind: new (init?: never) => Either,
  given: unknown,
  steps: readonly (readonly string[])[],
): unknown {
  return attempt(() => {
    const headers = new Kind(given as never);
    const said = steps.map(([method, ...args]) =>
      attempt(() =>
        (headers[method as 'get'] as (...all: readonly unknown[]) => unknown).apply(headers, args),
      ),
    );
    return { said, ...(whatIsIn(headers) as object), copied: [...new Kind(headers as never)] };
  });
}

it('gives and refuses what the one of Node gives and refuses', () => {
  fc.assert(
    fc.property(init, fc.array(step, { maxLength: 8 }), (given, steps) => {
      expect(story(Ours, given, steps)).toEqual(story(Headers, given, steps));
    }),
    { numRuns: 1000 },
  );
});
