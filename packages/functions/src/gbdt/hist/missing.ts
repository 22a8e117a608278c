/** Values that are not there: histograms have no place for them. */

import { MISSING } from '../../kernels/gbdt/tree.ts';
import type { Table } from '../../kernels/table.ts';
import { FunctionError } from '../../refusal.ts';
import { quote } from '../../text/quote.ts';

/** Throws `FunctionError` where a feature has the marker of a missing value: prediction would stop at its node. */
export function refuseMissing({ values, rows, stride, features, names }: Table): void {
  for (let feature = 0; feature < features; feature++) {
    const row = values.subarray(feature * stride, feature * stride + rows).indexOf(MISSING);
    if (row < 0) continue;
    const column = names ? quote(names[feature] ?? '') : feature + 1;
    throw new FunctionError(
      'unsuitable-data',
      `Row ${row + 1}, column ${column}: the smallest number of 32 bits stands for a missing value, which "tree_method" "hist" does not know: fill it in, or take "exact".`,
    );
  }
}
