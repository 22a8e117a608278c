/** Principal components as Teaclave computes them: a singular value decomposition of the data themselves. */
import type { Input } from '../function.ts';
import { exactComponents } from '../kernels/pca/exact.ts';
import type { Components } from '../kernels/pca/moments.ts';
import { FunctionError } from '../refusal.ts';
import { fillRows } from '../tables/fill.ts';
import type { RowFormat } from '../text/rows.ts';
import { readTable } from '../text/table.ts';
import type { Wanted } from './filled.ts';

/** Drops a column after the `count` wanted ones. Memory: 16 bytes for each number. Throws `FunctionError` as `exactComponents`. */
export async function readExactComponents(
  input: Input,
  format: RowFormat,
  { count, center, fill }: Wanted,
): Promise<Components> {
  const { rows, features, values } = await readTable(input, {
    ...format,
    bytes: 8,
    layout: 'rows',
    ...(format.columns === count ? {} : { label: 'drop' as const }),
  });
  if (rows === 0) throw new FunctionError('invalid-input', 'The input has no rows.');
  const data = Float64Array.from(values.subarray(0, rows * features));
  if (fill) fillRows({ values: data, rows, columns: features }, fill);
  return exactComponents({ rows, columns: features, data }, center);
}
