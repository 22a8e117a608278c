/** What there is to say of a column of numbers. */
import { Sum } from '../sum.ts';

/** The values that are there (not NaN), rising. Memory: 8 bytes for each. */
export const sortedValues = (column: Float64Array): Float64Array =>
  column.filter((value) => !Number.isNaN(value)).sort();

/** Mean, and the deviation divided by the number of values less 1 (null of one value). Of no values both are null. */
export function meanAndDeviation(values: Float64Array): { mean: number | null; sd: number | null } {
  const count = values.length;
  if (count === 0) return { mean: null, sd: null };
  const total = new Sum();
  for (const value of values) total.add(value);
  const mean = total.value / count;
  if (count === 1) return { mean, sd: null };
  const squares = new Sum();
  for (const value of values) squares.add((value - mean) ** 2);
  return { mean, sd: Math.sqrt(squares.value / (count - 1)) };
}

/** How many values are the same as the first one, and as the last one. `sorted` has one at least. */
export function extremeCounts(sorted: Float64Array): { least: number; most: number } {
  const [first, last] = [sorted[0], sorted[sorted.length - 1]];
  let [least, most] = [0, 0];
  while (least < sorted.length && sorted[least] === first) least++;
  while (most < sorted.length && sorted[sorted.length - 1 - most] === last) most++;
  return { least, most };
}

/** The rank of a quantile from 0 on, between two values where it is no integer. */
export const rankOf = (quantile: number, count: number): number => (count - 1) * quantile;

/** The value at a rank, by the line between its neighbours, computed as numpy does. */
export function valueAt(sorted: Float64Array, rank: number): number {
  const low = Math.floor(rank);
  const part = rank - low;
  const [from, to] = [sorted[low], sorted[Math.min(low + 1, sorted.length - 1)]];
  const step = to - from;
  return part < 0.5 ? from + step * part : to - step * (1 - part);
}

/** How many values are below `bound`; or, with `inclusive`, at it as well. */
function countBelow(sorted: Float64Array, bound: number, inclusive: boolean): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    const value = sorted[middle];
    if (value < bound || (inclusive && value === bound)) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Values below the first edge, of each bin (the last one with both edges), and above the last edge. */
export function binCounts(sorted: Float64Array, edges: readonly number[]): number[] {
  const until = edges.map((edge, i) => countBelow(sorted, edge, i === edges.length - 1));
  until.push(sorted.length);
  return until.map((count, i) => count - (i === 0 ? 0 : until[i - 1]));
}
