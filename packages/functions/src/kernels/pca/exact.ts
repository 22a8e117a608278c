/** Principal components out of the singular vectors of the data themselves. */
import { requireFiniteSums } from '../linalg/overflow.ts';
import { rightVectors } from './golub-reinsch.ts';
import type { Matrix } from './matrix.ts';
import type { Components } from './moments.ts';

/** Numbers in the data up to which Teaclave's sums are repeated in their order, in time of the square of the rows. */
const DIGIT_FOR_DIGIT = 1 << 15;

/** Takes the mean of each column away from the rows; returns the means. */
function centerRows({ rows, columns, data }: Matrix): Float64Array {
  const mean = new Float64Array(columns);
  for (let at = 0; at < data.length; at++) mean[at % columns] += data[at];
  for (let j = 0; j < columns; j++) mean[j] = mean[j] / rows;
  for (let at = 0; at < data.length; at++) data[at] -= mean[at % columns];
  return mean;
}

/**
 * `data` is used up. Throws `FunctionError` for values whose squares are not finite, and where the decomposition fails.
 */
export function exactComponents(matrix: Matrix, center: boolean): Components {
  const { rows, columns, data } = matrix;
  const mean = center ? centerRows(matrix) : new Float64Array(columns);
  requireFiniteSums(data.reduce((sum, value) => sum + value ** 2, 0));
  const found = rightVectors(matrix, data.length <= DIGIT_FOR_DIGIT);
  const count = found.values.length;
  const vectors = new Float64Array(count * columns);
  for (let k = 0; k < count; k++)
    for (let j = 0; j < columns; j++) vectors[k * columns + j] = found.vectors.data[j * count + k];
  const degrees = Math.max(1, rows - 1);
  return { rows, mean, vectors, variances: found.values.map((value) => value ** 2 / degrees) };
}
