/** Principal components from the covariance, for many rows: memory of the square of the columns only. */
import { FunctionError } from '../../refusal.ts';
import { Gram } from '../linalg/gram.ts';
import { requireFiniteSums } from '../linalg/overflow.ts';
import { symmetricEigen } from '../linalg/symmetric.ts';
import type { NumberRows } from '../table.ts';

export interface Components {
  readonly rows: number;
  /** Subtracted from each row before it is projected. */
  readonly mean: Float64Array;
  /** Component k is `vectors[k * features .. (k + 1) * features]`, of length 1. */
  readonly vectors: Float64Array;
  /** Variance of the data along each component, by falling size; divided by rows - 1 as usual. */
  readonly variances: Float64Array;
}

/** The component's entry of largest size is made positive: eigenvectors have no sign of their own. */
function fixSign(vector: Float64Array): void {
  const largest = vector.reduce((best, value) => (Math.abs(value) > Math.abs(best) ? value : best), 0);
  if (largest < 0) for (let i = 0; i < vector.length; i++) vector[i] = -vector[i];
}

/**
 * Takes rows, portion after portion. Sums are of differences to the first row, so that a large mean costs no digits.
 * With `center` off the second moments about zero take the covariance's place.
 */
export class Moments {
  readonly #features: number;
  readonly #center: boolean;
  readonly #origin: Float64Array;
  #gram: Gram | undefined;
  #rows = 0;

  constructor(features: number, center: boolean) {
    this.#features = features;
    this.#center = center;
    this.#origin = new Float64Array(features);
  }

  /** `rows * features` numbers, row after row. */
  add(values: Float64Array, rows: number): void {
    if (rows === 0) return;
    if (!this.#gram && this.#center) this.#origin.set(values.subarray(0, this.#features));
    this.#gram ??= new Gram(this.#features, this.#origin);
    this.#gram.add(values, rows);
    this.#rows += rows;
  }

  /** Throws `FunctionError` where there were no rows, and for values whose products are not finite. */
  components(): Components {
    const [rows, features] = [this.#rows, this.#features];
    if (!this.#gram) throw new FunctionError('invalid-input', 'The input has no rows.');
    const { products: matrix, sums } = this.#gram.finish();
    const mean = new Float64Array(features);
    for (let i = 0; i < features && this.#center; i++) {
      mean[i] = this.#origin[i] + sums[i] / rows;
      for (let j = 0; j < features; j++) matrix[i * features + j] -= (sums[i] / rows) * sums[j];
    }
    let trace = 0;
    for (let i = 0; i < features; i++) trace += matrix[i * features + i];
    // With a finite trace every variance is finite, too.
    requireFiniteSums(trace, ...mean);
    for (let i = 0; i < features; i++)
      requireFiniteSums(...matrix.subarray(i * features, (i + 1) * features));
    const { values, vectors } = symmetricEigen(matrix, features);
    for (let k = 0; k < features; k++) fixSign(vectors.subarray(k * features, (k + 1) * features));
    // Rounding can leave a tiny negative one.
    const variances = values.map((value) => Math.max(0, value / Math.max(1, rows - 1)));
    return { rows, mean, vectors, variances };
  }
}

/** The first `count` numbers of each row, row after row; `into` is used where it is large enough. */
export function packColumns(
  { values, rows, columns }: NumberRows,
  count: number,
  into: Float64Array,
): Float64Array {
  const packed = into.length < rows * count ? new Float64Array(rows * count) : into;
  for (let row = 0; row < rows; row++)
    packed.set(values.subarray(row * columns, row * columns + count), row * count);
  return packed;
}
