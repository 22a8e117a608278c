/** Principal components from the covariance, for many rows: memory of the square of the columns only. */
import { FunctionError, type Input } from '../function.ts';
import { Gram } from '../linalg/gram.ts';
import { symmetricEigen } from '../linalg/symmetric.ts';
import { type RowFormat, rowBatches } from '../text/rows.ts';

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
  if (largest < 0) for (let i = 0; i < vector.length; i++) vector[i] = -(vector[i] as number);
}

/**
 * One pass over the rows, whose first `features` numbers count. Sums are of differences to the first row, so that a
 * large mean costs no digits. With `center` off the second moments about zero take the covariance's place. Throws
 * `FunctionError` for an input without rows.
 */
export async function covarianceComponents(
  input: Input,
  format: RowFormat,
  features: number,
  center: boolean,
): Promise<Components> {
  const gram = new Gram(features);
  const origin = new Float64Array(features);
  const sums = new Float64Array(features);
  let packed = new Float64Array(0);
  let rows = 0;
  for await (const batch of rowBatches(input, format)) {
    if (rows === 0 && center) origin.set(batch.values.subarray(0, features));
    if (packed.length < batch.rows * features) packed = new Float64Array(batch.rows * features);
    for (let row = 0, to = 0; row < batch.rows; row++) {
      for (let j = 0, from = row * batch.columns; j < features; j++, to++) {
        const value = batch.values[from++] as number;
        packed[to] = value;
        (sums[j] as number) += value - (origin[j] as number);
      }
    }
    gram.add(packed, batch.rows, origin);
    rows += batch.rows;
  }
  if (rows === 0) throw new FunctionError('The input has no rows.');
  const matrix = gram.finish();
  const mean = new Float64Array(features);
  if (center) {
    for (let i = 0; i < features; i++) {
      mean[i] = (origin[i] as number) + (sums[i] as number) / rows;
      for (let j = 0; j < features; j++)
        (matrix[i * features + j] as number) -= ((sums[i] as number) / rows) * (sums[j] as number);
    }
  }
  const degrees = Math.max(1, rows - 1);
  const { values, vectors } = symmetricEigen(matrix, features);
  for (let k = 0; k < features; k++) fixSign(vectors.subarray(k * features, (k + 1) * features));
  // Rounding can leave a tiny negative one.
  return { rows, mean, vectors, variances: values.map((value) => Math.max(0, value / degrees)) };
}
