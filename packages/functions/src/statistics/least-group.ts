/** What too few rows are behind: the argument `least_group`. */

/**
 * The counts of a histogram, with null for those that are not told. Counts of 0 are told where no other is suppressed; else they
 * hide among the others: a null that cannot be 0 says that somebody is there. As all counts together are known, those that are not told
 * must be so many rows at least, or their sum would be one of them: the smallest of the others then go as well.
 */
export function suppressBins(counts: readonly number[], least: number): (number | null)[] {
  const isSmall = (count: number) => count < least;
  const small = counts.filter(isSmall);
  let hidden = small.reduce((sum, count) => sum + count, 0);
  if (hidden === 0) return [...counts];
  const told: (number | null)[] = counts.map((count) => (isSmall(count) ? null : count));
  const others = [...counts.keys()].filter((i) => told[i] !== null);
  others.sort((i, j) => (counts[i] ?? 0) - (counts[j] ?? 0));
  for (const i of others) {
    if (hidden >= least) break;
    told[i] = null;
    hidden += counts[i] ?? 0;
  }
  return told;
}

/**
 * Which quantiles, at rising ranks from 0 on of `count` values, are told: those that part the values into groups of `least`
 * at least. More of them would tell the values one by one.
 */
export function toldQuantiles(ranks: readonly number[], count: number, least: number): boolean[] {
  if (least <= 1) return ranks.map(() => true);
  let before = 0;
  return ranks.map((rank) => {
    const [upTo, from] = [Math.floor(rank) + 1, Math.ceil(rank)];
    if (upTo - before < least || count - from < least) return false;
    before = upTo;
    return true;
  });
}
