/** Values that are not there: an empty cell, or NaN. */
import { hasMissing, isMissing } from '../kernels/gbdt/tree.ts';
import type { NumberRows, Table } from '../kernels/table.ts';

/** The features of a table (columns one after the other) that have missing values. */
export function columnsWithMissing({ features, values, stride, rows }: Table): number[] {
  const found: number[] = [];
  for (let feature = 0; feature < features; feature++) {
    const column = values.subarray(feature * stride, feature * stride + rows);
    if (hasMissing(column)) found.push(feature);
  }
  return found;
}

/** Counts missing values, and the rows that have some in columns that had none in training. */
export class MissingCounter {
  /** Missing values in all. */
  values = 0;
  /** Rows with a missing value that training has not seen the like of. */
  unseenRows = 0;
  readonly #seen: ReadonlySet<number>;

  constructor(seen: readonly number[]) {
    this.#seen = new Set(seen);
  }

  add({ values, rows, columns }: NumberRows): void {
    for (let row = 0, at = 0; row < rows; row++) {
      let unseen = false;
      for (let column = 0; column < columns; column++, at++) {
        if (!isMissing(values[at] ?? 0)) continue;
        this.values++;
        if (!this.#seen.has(column)) unseen = true;
      }
      if (unseen) this.unseenRows++;
    }
  }
}
