/** Where to begin: k-means++ (Arthur and Vassilvitskii, 2007) with several tries for each center, as scikit-learn has it. */

import { Projection } from '../linalg/project.ts';
import type { Source } from '../random-source.ts';
import { allocateNumbers } from '../table.ts';
import { type Points, squaredLengths } from './points.ts';

/** For each of `shares` the row in which a running sum of `weights` passes that share of their total. */
function pickRows(weights: Float64Array, total: number, shares: readonly number[]): number[] {
  const order = [...shares.keys()].sort((a, b) => shares[a] - shares[b]);
  const rows = shares.map(() => -1);
  let sum = 0;
  let next = 0;
  for (let row = 0; row < weights.length && next < order.length; row++) {
    sum += weights[row];
    while (next < order.length && sum > shares[order[next]] * total) {
      rows[order[next++]] = row;
    }
  }
  // Rounding, or all weights zero: the last row with a weight, or any.
  const last = Math.max(
    0,
    weights.findLastIndex((weight) => weight > 0),
  );
  return rows.map((row) => (row < 0 ? last : row));
}

/** `count` rows as centers, one after the other, each far from those before. Throws `FunctionError` where memory is short. */
export function seedCenters(points: Points, count: number, random: Source): Float64Array {
  const { rows, columns, values, squares } = points;
  const centers = new Float64Array(count * columns);
  const tries = 2 + Math.floor(Math.log(count));
  const projection = new Projection(columns, tries);
  const candidates = new Float64Array(tries * columns);
  let nearest = allocateNumbers(8, rows, rows).fill(Number.POSITIVE_INFINITY);
  let total = Number.POSITIVE_INFINITY;
  /** What `nearest` would be with each candidate. */
  const would = Array.from({ length: tries }, () => allocateNumbers(8, rows, rows));
  for (let k = 0; k < count; k++) {
    const shares = Array.from({ length: tries }, random);
    const chosen =
      k === 0 ? shares.map((share) => Math.floor(share * rows)) : pickRows(nearest, total, shares);
    chosen.forEach((row, i) => {
      candidates.set(values.subarray(row * columns, (row + 1) * columns), i * columns);
    });
    const sums = new Float64Array(tries);
    const lengths = squaredLengths(candidates, columns);
    projection.set(candidates).eachPortion(values, rows, ({ row: from, some, products, at: begin, step }) => {
      would.forEach((mine, i) => {
        const length = lengths[i];
        let sum = 0;
        for (let row = from, at = begin + i; row < from + some; row++, at += step) {
          // What rounding leaves below zero is zero.
          const squared = Math.max(0, squares[row] + length - 2 * products[at]);
          const least = Math.min(nearest[row], squared);
          mine[row] = least;
          sum += least;
        }
        sums[i] += sum;
      });
    });
    const best = sums.indexOf(Math.min(...sums));
    centers.set(candidates.subarray(best * columns, (best + 1) * columns), k * columns);
    total = sums[best];
    const kept = would[best];
    would[best] = nearest;
    nearest = kept;
  }
  return centers;
}
