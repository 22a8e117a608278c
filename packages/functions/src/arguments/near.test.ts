import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isNear } from './near.ts';

describe('a name with typing errors', () => {
  it('is near, whichever error it is', () => {
    const name = fc.stringMatching(/^[a-z]{9,20}$/);
    const error = fc.tuple(
      fc.nat(),
      fc.constantFrom('drop', 'add', 'change', 'swap'),
      fc.constantFrom('x', 'q'),
    );
    fc.assert(
      fc.property(name, fc.array(error, { maxLength: 2 }), (right, errors) => {
        // The second one far from the first, so that they do not undo each other.
        const wrong = errors.reduce((text, [place, kind, letter], i) => {
          const half = Math.floor(text.length / 2);
          const at = (i === 0 ? 0 : half) + (place % (half - 1));
          const [one, two] = [text.charAt(at), text.charAt(at + 1)];
          const inner = { drop: two, add: one + letter + two, change: letter + two, swap: two + one }[kind];
          return text.slice(0, at) + inner + text.slice(at + 2);
        }, right);
        expect([right, wrong, isNear(wrong, right)]).toEqual([right, wrong, true]);
      }),
    );
  });

  it.each([
    ['l2', 'l3'],
    ['header', 'reader_of'],
    ['label', 'seed'],
    ['', 'l2'],
    ['n', 'm'],
  ])('is not: %s, %s', (given, name) => expect(isNear(given, name)).toBe(false));

  it('takes no time for a long one', () => {
    expect(isNear('x'.repeat(5_000_000), 'header')).toBe(false);
  });
});
