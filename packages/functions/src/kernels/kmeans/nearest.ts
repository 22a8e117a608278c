/** The nearest of some centers for each of many rows. */

import { DOUBLE } from '../linalg/pair.ts';
import { packPanels, type Shape, shapeOf } from '../linalg/products.ts';
import { Compiled } from '../wasm/compiled.ts';
import { KEPT, LENGTHS, type Nearest, nearestBody } from './nearest-kernel.ts';
import { type Points, squaredLengths } from './points.ts';

/** Bytes of rows that are worked on at once: they stay in the second cache. */
const BLOCK = 64 << 10;

const code = new Compiled((pairs) => ({ nearest: nearestBody(shapeOf(2 * pairs)) }));

/** Some rows and their nearest centers. */
export interface Portion {
  /** The first row. */
  readonly row: number;
  /** How many rows. */
  readonly some: number;
  /** The number of the center of the i-th of them is `nearest[at + i * step]`. The array is used again. */
  readonly nearest: Float64Array;
  readonly at: number;
  readonly step: number;
}

export class NearestCenters {
  readonly #points: Points;
  readonly #shape: Shape;
  readonly #kernel: Nearest;
  readonly #doubles: Float64Array;
  readonly #capacity: number;
  /** Where things are, in doubles: the centers in panels at 0, their lengths, what is kept of each row, the rows. */
  readonly #lengths: number;
  readonly #kept: number;
  readonly #rows: number;

  constructor(points: Points, count: number, block = BLOCK) {
    const { columns } = points;
    this.#points = points;
    const shape = shapeOf(count);
    this.#shape = shape;
    const pairs = shape.panels * shape.pairs;
    this.#capacity = shape.rows * Math.max(1, Math.floor(block / (columns * DOUBLE * shape.rows)));
    this.#lengths = pairs * 2 * columns;
    this.#kept = this.#lengths + (pairs * LENGTHS) / DOUBLE;
    this.#rows = this.#kept + (this.#capacity * KEPT) / DOUBLE;
    const { exports, doubles } = code.load(shape.pairs, this.#rows + this.#capacity * columns);
    this.#kernel = exports['nearest'];
    this.#doubles = doubles;
  }

  /** Calls `take` for portions of the rows, in order. Center k is `centers[k * columns ..]`; of equal distances the first center counts. */
  each(centers: Float64Array, take: (portion: Portion) => void): void {
    const { columns, rows, values } = this.#points;
    this.#set(centers);
    const [doubles, at] = [this.#doubles, this.#kept + KEPT / DOUBLE / 2];
    for (let row = 0; row < rows; row += this.#capacity) {
      const some = Math.min(this.#capacity, rows - row);
      doubles.set(values.subarray(row * columns, (row + some) * columns), this.#rows);
      doubles.fill(Number.POSITIVE_INFINITY, this.#kept, this.#rows);
      this.#find(some);
      take({ row, some, nearest: doubles, at, step: KEPT / DOUBLE });
    }
  }

  #set(centers: Float64Array): void {
    const { columns } = this.#points;
    packPanels(centers, columns, this.#shape, this.#doubles);
    const lengths = squaredLengths(centers, columns);
    for (let k = 0; k < this.#shape.panels * this.#shape.pairs * 2; k++) {
      const at = this.#lengths + (Math.floor(k / 2) * LENGTHS) / DOUBLE + (k % 2);
      // What fills the last panel up is nearest to nothing.
      this.#doubles[at] = k < lengths.length ? lengths[k] : Number.POSITIVE_INFINITY;
      this.#doubles[at + 2] = k;
    }
  }

  #find(some: number): void {
    const { panels, pairs } = this.#shape;
    const bytes = this.#points.columns * DOUBLE;
    const begin = this.#rows * DOUBLE;
    for (let panel = 0; panel < panels; panel++)
      this.#kernel(
        begin,
        begin + some * bytes,
        bytes,
        panel * pairs * 2 * bytes,
        this.#lengths * DOUBLE + panel * pairs * LENGTHS,
        this.#kept * DOUBLE,
      );
  }
}
