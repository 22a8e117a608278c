/** Principal components as Teaclave computes them: a singular value decomposition of the data themselves. */
import type { Input } from '../function.ts';
import { requireFiniteSums } from '../kernels/linalg/overflow.ts';
import { rightVectors } from '../kernels/pca/golub-reinsch.ts';
import type { Components } from '../kernels/pca/moments.ts';
import { FunctionError } from '../refusal.ts';
import type { RowFormat } from '../text/rows.ts';
import { readTable } from '../text/table.ts';

/** Numbers in the data up to which Teaclave's sums are repeated in their order, in time of the square of the rows. */
const DIGIT_FOR_DIGIT = 1 << 15;

/**
 * Memory: 16 bytes for each number. Throws `FunctionError` for values whose squares are not
 * finite, and where the decomposition fails.
 */
export async function exactComponents(input: Input, format: RowFormat, center: boolean): Promise<Components> {
  const { rows, features, values } = await readTable(input, {
    ...format,
    bytes: 8,
    layout: 'rows',
    label: 'drop',
  });
  if (rows === 0) throw new FunctionError('invalid-input', 'The input has no rows.');
  const data = Float64Array.from(values.subarray(0, rows * features));
  const mean = new Float64Array(features);
  if (center) {
    for (let at = 0; at < data.length; at++) (mean[at % features] as number) += data[at] as number;
    for (let j = 0; j < features; j++) mean[j] = (mean[j] as number) / rows;
    for (let at = 0; at < data.length; at++) (data[at] as number) -= mean[at % features] as number;
  }
  requireFiniteSums(data.reduce((sum, value) => sum + value ** 2, 0));
  const found = rightVectors({ rows, columns: features, data }, data.length <= DIGIT_FOR_DIGIT);
  const count = found.values.length;
  const vectors = new Float64Array(count * features);
  for (let k = 0; k < count; k++)
    for (let j = 0; j < features; j++)
      vectors[k * features + j] = found.vectors.data[j * count + k] as number;
  const degrees = Math.max(1, rows - 1);
  return { rows, mean, vectors, variances: found.values.map((value) => value ** 2 / degrees) };
}
