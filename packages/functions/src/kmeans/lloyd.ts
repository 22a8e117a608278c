/** Lloyd's iteration: every row to its nearest center, every center to the mean of its rows. */
import { Distances, distance, type Points } from './points.ts';

export interface Clustering {
  readonly centers: Float64Array;
  /** Center of each row. */
  readonly labels: Int32Array;
  /** Sum of squared distances of the rows to their centers. */
  readonly inertia: number;
  readonly iterations: number;
  /** Whether it stopped by itself. */
  readonly converged: boolean;
}

export interface Limits {
  readonly iterations: number;
  /** Sum of squared movements of the centers at which to stop. */
  readonly movement: number;
}

interface Assignment {
  readonly labels: Int32Array;
  /** Squared distance of each row to its center. */
  readonly nearest: Float64Array;
}

/** Ties go to the first center. Returns whether any row changed. */
function assign(distances: Distances, centers: Float64Array, count: number, to: Assignment): boolean {
  let changed = false;
  distances.forEach(centers, (from, rows, found) => {
    for (let row = from, at = 0; row < from + rows; row++, at += count) {
      let best = 0;
      let least = found[at] as number;
      for (let k = 1; k < count; k++) {
        const one = found[at + k] as number;
        if (one >= least) continue;
        best = k;
        least = one;
      }
      if (to.labels[row] !== best) changed = true;
      to.labels[row] = best;
      to.nearest[row] = least;
    }
  });
  return changed;
}

/** Centers without rows take the rows that are farthest from theirs, one each. */
function fillEmpty(sizes: Int32Array, { labels, nearest }: Assignment): void {
  for (let k = sizes.indexOf(0); k >= 0; k = sizes.indexOf(0, k + 1)) {
    const farthest = nearest.reduce((best, one, row) => {
      const alone = sizes[labels[row] as number] === 1;
      return !alone && (best < 0 || one > (nearest[best] as number)) ? row : best;
    }, -1);
    if (farthest < 0) return;
    (sizes[labels[farthest] as number] as number)--;
    labels[farthest] = k;
    nearest[farthest] = 0;
    sizes[k] = 1;
  }
}

function means({ rows, columns, values }: Points, centers: Float64Array, to: Assignment): Float64Array {
  const sizes = new Int32Array(centers.length / columns);
  for (const label of to.labels) (sizes[label] as number)++;
  fillEmpty(sizes, to);
  const next = new Float64Array(centers.length);
  for (let row = 0, from = 0; row < rows; row++) {
    const base = (to.labels[row] as number) * columns;
    for (let j = 0; j < columns; j++) (next[base + j] as number) += values[from++] as number;
  }
  sizes.forEach((size, k) => {
    for (let j = k * columns; j < (k + 1) * columns; j++)
      next[j] = size > 0 ? (next[j] as number) / size : (centers[j] as number);
  });
  return next;
}

const movement = (a: Float64Array, b: Float64Array) =>
  a.reduce((sum, value, i) => sum + (value - (b[i] as number)) ** 2, 0);

export function lloyd(points: Points, begin: Float64Array, limits: Limits): Clustering {
  const count = begin.length / points.columns;
  const distances = new Distances(points, count);
  const to: Assignment = {
    labels: new Int32Array(points.rows).fill(-1),
    nearest: new Float64Array(points.rows),
  };
  let centers = begin;
  let [iterations, converged] = [0, false];
  while (!converged && iterations < limits.iterations) {
    iterations++;
    converged = !assign(distances, centers, count, to);
    if (converged) break;
    const next = means(points, centers, to);
    converged = movement(next, centers) <= limits.movement;
    centers = next;
  }
  // Labels that belong to the last centers.
  assign(distances, centers, count, to);
  let inertia = 0;
  for (let row = 0; row < points.rows; row++)
    inertia += distance(points, row, centers, (to.labels[row] as number) * points.columns);
  return { centers, labels: to.labels, inertia, iterations, converged };
}
