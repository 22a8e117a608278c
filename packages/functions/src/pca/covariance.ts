/** Principal components from the covariance, in one pass over the rows. */
import type { Input } from '../function.ts';
import { type Components, Moments, packColumns } from '../kernels/pca/moments.ts';
import type { RowFormat } from '../text/rows.ts';
import { filledRows, type Wanted } from './filled.ts';

/** Takes the first `count` numbers of each row. Throws `FunctionError` as `Moments.components`. */
export async function readCovarianceComponents(
  input: Input,
  format: RowFormat,
  { count, center, fill }: Wanted,
): Promise<Components> {
  const moments = new Moments(count, center);
  let packed: Float64Array = new Float64Array(0);
  for await (const batch of filledRows(input, format, fill)) {
    packed = packColumns(batch, count, packed);
    moments.add(packed, batch.rows);
  }
  return moments.components();
}
