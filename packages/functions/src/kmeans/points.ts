/** Rows of numbers and their distances to a few centers, many at a time. */
import { Projection } from '../linalg/project.ts';

/** Less their mean, so that differences of squares lose no digits to a common offset. */
export interface Points {
  readonly rows: number;
  readonly columns: number;
  /** Row after row. */
  readonly values: Float64Array;
  /** Squared length of each row. */
  readonly squares: Float64Array;
}

/** Rows whose distances are held at once. */
const BATCH = 256;

export function squaredLengths(values: Float64Array, columns: number): Float64Array {
  return Float64Array.from({ length: values.length / columns }, (_, row) => {
    let sum = 0;
    for (let i = row * columns; i < (row + 1) * columns; i++) sum += (values[i] as number) ** 2;
    return sum;
  });
}

/** Squared distance of row `row` to `centers[at .. at + columns]`, by differences. */
export function distance(
  { values, columns }: Points,
  row: number,
  centers: Float64Array,
  at: number,
): number {
  let sum = 0;
  for (let j = 0; j < columns; j++)
    sum += ((values[row * columns + j] as number) - (centers[at + j] as number)) ** 2;
  return sum;
}

export class Distances {
  readonly #points: Points;
  readonly #count: number;
  readonly #projection: Projection;
  readonly #products: Float64Array;

  constructor(points: Points, count: number) {
    this.#points = points;
    this.#count = count;
    this.#projection = new Projection(points.columns, count, new Float64Array(points.columns));
    this.#products = new Float64Array(BATCH * count);
  }

  /**
   * Calls `each` for portions of the rows, in order, with their squared distances to `centers`, row after row; what
   * rounding leaves below zero is zero. The array is used again.
   */
  forEach(centers: Float64Array, each: (from: number, rows: number, distances: Float64Array) => void): void {
    const { rows, columns, values, squares } = this.#points;
    const count = this.#count;
    const found = this.#products;
    const lengths = squaredLengths(centers, columns);
    this.#projection.set(centers);
    for (let from = 0; from < rows; from += BATCH) {
      const some = Math.min(BATCH, rows - from);
      this.#projection.apply(values.subarray(from * columns, (from + some) * columns), some, found);
      for (let row = 0, at = 0; row < some; row++) {
        const square = squares[from + row] as number;
        for (let k = 0; k < count; k++, at++) {
          found[at] = Math.max(0, square + (lengths[k] as number) - 2 * (found[at] as number));
        }
      }
      each(from, some, found);
    }
  }
}
