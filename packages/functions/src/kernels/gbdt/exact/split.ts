/** The best cut of a node by the exact algorithm: every place between two different neighbours is tried. */
import { MISSING } from '../tree.ts';

/** Neighbours closer than this are one value. */
const APART = 1e-5;

export interface Split {
  readonly feature: number;
  /** f32 */
  readonly threshold: number;
  /** Sum of both sides' squared deviations. */
  readonly score: number;
  /** That of the node before the cut. */
  readonly before: number;
}

/** Sum of squared deviations from the mean; none for a single value. */
function deviation(squares: number, sum: number, count: number): number {
  return count > 1 ? Math.max(0, squares - (sum * sum) / count) : 0;
}

/** A feature that a node may be split by. */
export interface Candidate {
  readonly feature: number;
  /** Its value of each row. */
  readonly column: Float32Array;
  /** The node's rows, sorted by it. */
  readonly order: Uint32Array;
  readonly targets: Float32Array;
}

/**
 * Tries a feature; returns the better of `best` and its own best cut. A cut as good as `best` does not replace it. Rows
 * without a value are left out.
 */
export function tryFeature(
  { feature, column, order, targets }: Candidate,
  best: Split | undefined,
): Split | undefined {
  const end = order.length;
  let start = 0;
  while (start < end && column[order[start]] === MISSING) start++;
  let sum = 0;
  let squares = 0;
  for (let i = start; i < end; i++) {
    const target = targets[order[i]];
    sum += target;
    squares += target * target;
  }
  const before = deviation(squares, sum, end - start);
  let score = best === undefined ? Number.POSITIVE_INFINITY : best.score;
  let cut = -1;
  let leftSum = 0;
  let leftSquares = 0;
  let value = start < end ? column[order[start]] : 0;
  for (let i = start; i < end - 1; i++) {
    const target = targets[order[i]];
    leftSum += target;
    leftSquares += target * target;
    const next = column[order[i + 1]];
    const apart = Math.fround(next - value) >= APART;
    value = next;
    if (!apart) continue;
    const left = deviation(leftSquares, leftSum, i + 1 - start);
    if (left >= score) continue;
    const both = left + deviation(squares - leftSquares, sum - leftSum, end - i - 1);
    if (both < score) {
      score = both;
      cut = i;
    }
  }
  if (cut < 0) return best;
  const low = column[order[cut]];
  const high = column[order[cut + 1]];
  return { feature, threshold: Math.fround(Math.fround(low + high) / 2), score, before };
}
