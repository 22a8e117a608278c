/** Lloyd's iteration: every row to its nearest center, every center to the mean of its rows. */
import { NearestCenters } from './nearest.ts';
import { distance, type Points } from './points.ts';

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

/** Between the steps: the label of each row, and the sums and numbers of the rows with each label. */
class Assignment {
  readonly labels: Int32Array;
  readonly #points: Points;
  readonly #nearest: NearestCenters;
  readonly #sums: Float64Array;
  readonly #sizes: Int32Array;

  constructor(points: Points, count: number) {
    this.#points = points;
    this.#nearest = new NearestCenters(points, count);
    this.labels = new Int32Array(points.rows).fill(-1);
    this.#sums = new Float64Array(count * points.columns);
    this.#sizes = new Int32Array(count);
  }

  /** Each row to its nearest center, ties to the first. Returns whether any row changed. */
  assign(centers: Float64Array): boolean {
    const labels = this.labels;
    let changed = false;
    this.#nearest.each(centers, ({ row: first, some, nearest, at, step }) => {
      for (let i = 0; i < some; i++) {
        const label = nearest[at + i * step];
        if (labels[first + i] === label) continue;
        changed = true;
        this.#move(first + i, label);
      }
    });
    return changed;
  }

  /** The means of the rows of each center; centers without rows take the rows that are farthest from theirs. */
  means(centers: Float64Array): Float64Array {
    this.#fillEmpty(centers);
    const { columns } = this.#points;
    return centers.map((old, at) => {
      const size = this.#sizes[Math.floor(at / columns)];
      return size > 0 ? this.#sums[at] / size : old;
    });
  }

  /** Sums anew, without what adding and taking away has left of rounding. */
  recount(): void {
    this.#sums.fill(0);
    this.labels.forEach((label, row) => {
      this.#add(row, label, 1);
    });
  }

  #move(row: number, label: number): void {
    const old = this.labels[row];
    if (old >= 0) {
      this.#add(row, old, -1);
      this.#sizes[old]--;
    }
    this.#add(row, label, 1);
    this.#sizes[label]++;
    this.labels[row] = label;
  }

  #add(row: number, label: number, sign: number): void {
    const { columns, values } = this.#points;
    const sums = this.#sums;
    for (let j = 0, from = row * columns, to = label * columns; j < columns; j++)
      sums[to++] += sign * values[from++];
  }

  #fillEmpty(centers: Float64Array): void {
    const sizes = this.#sizes;
    if (!sizes.includes(0)) return;
    const nearest = Float64Array.from(this.labels, (label, row) =>
      distance(this.#points, row, centers, label * this.#points.columns),
    );
    for (let k = sizes.indexOf(0); k >= 0; k = sizes.indexOf(0, k + 1)) {
      const farthest = nearest.reduce((best, one, row) => {
        const alone = sizes[this.labels[row]] === 1;
        return !alone && (best < 0 || one > nearest[best]) ? row : best;
      }, -1);
      if (farthest < 0) return;
      this.#move(farthest, k);
      nearest[farthest] = 0;
    }
  }
}

const movement = (a: Float64Array, b: Float64Array) =>
  a.reduce((sum, value, i) => sum + (value - b[i]) ** 2, 0);

export function lloyd(points: Points, begin: Float64Array, limits: Limits): Clustering {
  const assignment = new Assignment(points, begin.length / points.columns);
  const { labels } = assignment;
  let centers = begin;
  let [iterations, converged] = [0, false];
  while (!converged && iterations < limits.iterations) {
    iterations++;
    converged = !assignment.assign(centers);
    if (converged) break;
    const next = assignment.means(centers);
    converged = movement(next, centers) <= limits.movement;
    centers = next;
  }
  assignment.recount();
  centers = assignment.means(centers);
  // Labels that belong to the last centers.
  assignment.assign(centers);
  let inertia = 0;
  for (let row = 0; row < points.rows; row++)
    inertia += distance(points, row, centers, labels[row] * points.columns);
  return { centers, labels, inertia, iterations, converged };
}
