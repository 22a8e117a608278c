/** Whether a name is another one with typing errors. */

/** Errors: a character too many, too few, another one, or two that changed places. */
const MOST_ERRORS = 2;
/** A name of fewer characters has no room for errors. */
const CHARACTERS_PER_ERROR = 3;

/** Without case, and without what stands between words. */
const plain = (name: string): string => name.toLowerCase().replaceAll(/[_\-. ]/g, '');

/** How many errors turn one into the other (restricted Damerau-Levenshtein distance). */
function errorsBetween(a: string, b: string): number {
  let [before, last] = [[0], Array.from({ length: b.length + 1 }, (_, j) => j)];
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const other = a[i - 1] === b[j - 1] ? 0 : 1;
      let least = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + other);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        least = Math.min(least, (before[j - 2] ?? 0) + 1);
      row.push(least);
    }
    [before, last] = [last, row];
  }
  return last[b.length] ?? 0;
}

/** Takes time of the shorter name's length squared at most, however long the other is. */
export function isNear(given: string, name: string): boolean {
  // A character of what is left out for each one of the name, at most.
  if (given.length > 2 * name.length + MOST_ERRORS) return false;
  const [a, b] = [plain(given), plain(name)];
  const errors = Math.min(MOST_ERRORS, Math.floor(b.length / CHARACTERS_PER_ERROR));
  return Math.abs(a.length - b.length) <= errors && errorsBetween(a, b) <= errors;
}
