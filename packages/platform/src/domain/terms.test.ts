/** What is found by the beginning of a word. */
import { limits as storeLimits } from '@gaiwan/store';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { beginsWith, fold, markOfWord, marksBeginning, termsOf, wordsOf } from './terms.ts';

describe('a word', () => {
  it('is compared in lower case, and whatever its letters are composed of', () => {
    expect(fold('M\u00c9DIAN')).toBe(fold('me\u0301dian'));
    expect(wordsOf('Mean-income, of each DISTRICT (2026)')).toEqual([
      'mean',
      'income',
      'of',
      'each',
      'district',
      '2026',
    ]);
  });

  it('is under every beginning of it, and under nothing else', () => {
    const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 30 }).map(fold);
    fc.assert(
      fc.property(text, fc.nat(30), (word, length) => {
        fc.pre(word !== '');
        const start = Array.from(word).slice(0, Math.max(1, length)).join('');
        const [mark, prefix] = [markOfWord(word), marksBeginning(start)];
        expect(mark.slice(0, prefix.length)).toEqual(prefix);
        expect(beginsWith(mark.at(-1) ?? '', start)).toBe(true);
      }),
      { seed: 1 },
    );
    expect(marksBeginning('')).toEqual([]);
    expect(marksBeginning('ab')).toEqual(['a']);
    expect(marksBeginning('abcdefghi')).toEqual(['a', 'abcd', 'abcdefgh']);
  });

  it('of any length is a key', () => {
    for (const word of ['\u{1f375}'.repeat(5000), '\ufdfa'.repeat(256), '\ud800x'])
      for (const segment of markOfWord(fold(word)))
        expect(Buffer.byteLength(segment)).toBeLessThanOrEqual(storeLimits.segmentBytes.value);
  });
});

it('a function is found by its name as a whole, by its words, and by the first ones of its description', () => {
  const words = Array.from({ length: 100 }, (_, n) => `w${n}`).join(' ');
  const terms = termsOf({ name: 'Mean-income', description: `Averages. ${words}` });
  expect(terms.slice(0, 5)).toEqual(['mean-income', 'mean', 'income', 'averages', 'w0']);
  expect(terms).toHaveLength(24);
  expect(termsOf({ name: '', description: '' })).toEqual([]);
});
