/**
 * Words that something is found by. Lists that can be asked for the beginning of a word have a mark for each: the store's prefixes are whole
 * segments, so a mark has the beginnings of its word as segments of their own, and the word itself last.
 */
import type { Key } from '@gaiwan/store';

/** How long the beginnings are that are segments of their own. */
const STEPS = [1, 4, 8, 12] as const;

/** As it is compared: whatever the case, and however its letters are composed. */
export const fold = (text: string): string => text.normalize('NFKC').toLowerCase().toWellFormed();

/** `limit`: characters. No character is cut in two. */
const beginning = (word: string, limit: number): string => Array.from(word).slice(0, limit).join('');

/** The longest word that has a mark of its own: a segment of a key has 1024 bytes. */
const LONGEST = 200;

/** The words of a text, as they are compared. */
export const wordsOf = (text: string): string[] => fold(text).match(/[\p{L}\p{N}]+/gu) ?? [];

/** The segments of a word's mark. */
export function markOfWord(word: string): Key {
  const cut = beginning(word, LONGEST);
  return [...STEPS.map((length) => beginning(cut, length)), cut];
}

/** The segments under which all words begin as this one does, and perhaps others: the beginning may be longer than they are. */
export function marksBeginning(start: string): Key {
  const length = Array.from(start).length;
  return STEPS.filter((step) => step <= length).map((step) => beginning(start, step));
}

/** Does the word of a mark begin so? */
export const beginsWith = (word: string, start: string): boolean =>
  word.startsWith(beginning(start, LONGEST));

/** Distinct words at most that a function is found by; its name, and the words in it, come first. */
const TERMS = 24;

/** What a function is found by: its name as a whole, then its words, then those of its description. */
export function termsOf({
  name,
  description,
}: {
  readonly name: string;
  readonly description: string;
}): string[] {
  const whole = fold(name);
  const terms = new Set(
    [whole, ...wordsOf(name), ...wordsOf(description)].map((term) => beginning(term, LONGEST)),
  );
  terms.delete('');
  return [...terms].slice(0, TERMS);
}
