/** Texts as words, split as tantivy's default tokenizer splits them: runs of letters and digits, in lower case. */

const WORD = /[\p{Alphabetic}\p{Number}]+/gu;

/** `register_function` has two. */
export const tokensOf = (text: string): readonly string[] =>
  (text.match(WORD) ?? []).map((word) => word.toLowerCase());

/**
 * Do the words of a phrase stand in the text in their order, with at most `slop` others between the first and the last? From each place of
 * the first word, the nearest place of each next one gives the shortest such stretch.
 */
export function hasPhrase(text: readonly string[], phrase: readonly string[], slop: number): boolean {
  const [first = '', ...others] = phrase;
  for (let start = text.indexOf(first); start >= 0; start = text.indexOf(first, start + 1)) {
    let end = start;
    for (const word of others) end = end < 0 ? end : text.indexOf(word, end + 1);
    if (end >= 0 && end - start - others.length <= slop) return true;
  }
  return false;
}

/** In the order of their UTF-8, in which tantivy has its terms. */
export const compareTokens = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));
