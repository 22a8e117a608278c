import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { limits } from './limits.ts';
import { nameOf, parseSubject, sortSubjects } from './subject.ts';
import { subjectArbitrary, subjectOf } from './testing/subjects.ts';

describe('a subject', () => {
  it('of any name is read, and its name read off it, also where the name has "#"', () => {
    fc.assert(
      fc.property(subjectArbitrary, ({ name, subject }) => {
        expect(parseSubject(subject)).toBe(subject);
        expect(nameOf(subject)).toBe(name);
      }),
    );
  });

  it('is never its name, nor that of another account of the name', () => {
    expect(subjectOf('bank', 1)).not.toBe(subjectOf('bank', 2));
    expect(nameOf(subjectOf('bank', 1))).toBe(nameOf(subjectOf('bank', 2)));
    // A name in the form of a subject gives no second way to write that subject.
    const inner = subjectOf('bank', 1);
    expect(nameOf(subjectOf(inner, 2))).toBe(inner);
    expect(subjectOf(inner, 2)).not.toBe(inner);
  });

  it.each([
    ['a bare name', 'bank'],
    ['no name', '#AAAAAAAAAAAAAAAA'],
    ['a short random part', 'bank#AAAAAAAAAAAAAAA'],
    ['a long random part', 'bank#AAAAAAAAAAAAAAAAA'],
    ['another alphabet', 'bank#AAAAAAAAAAAAAAA+'],
    ['padding', 'bank#AAAAAAAAAAAAAA=='],
    ['a blank', 'ba nk#AAAAAAAAAAAAAAAA'],
    ['a line end', 'bank#AAAAAAAAAAAAAAAA\n'],
    ['a letter beyond ASCII', 'bänk#AAAAAAAAAAAAAAAA'],
    ['too much', `${'x'.repeat(limits.subject.value - 16)}#AAAAAAAAAAAAAAAA`],
    ['nothing', ''],
  ])('is not %s', (_what, text) => {
    expect(parseSubject(text)).toBeUndefined();
  });

  it('is told from every other text of strangers', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
        const found = parseSubject(text);
        if (found === undefined) return;
        expect(`${nameOf(found)}#${text.slice(-16)}`).toBe(text);
      }),
    );
  });
});

it('subjects are sorted, each once', () => {
  const [a, b] = [subjectOf('a'), subjectOf('b')];
  expect(sortSubjects([b, a, b])).toEqual([a, b]);
});
