/** Filling in missing values with the mean of their column. */
import type { Doubles, NumberRows, Table } from '../kernels/table.ts';
import { FunctionError } from '../refusal.ts';
import { quote } from '../text/quote.ts';

export interface Filled {
  /** What was put in place of missing values, by feature. */
  readonly fill: readonly number[];
  /** How many there were. */
  readonly count: number;
}

/**
 * Fills in the missing values (NaN) of a table, row after row, in place.
 *
 * @throws FunctionError `unsuitable-data` for a column without a value, or whose sum is beyond the numbers
 */
export function fillWithMeans({ rows, features, values, names }: Table<Doubles>): Filled {
  const sums = new Float64Array(features);
  const counts = new Float64Array(features);
  for (let row = 0, at = 0; row < rows; row++) {
    for (let feature = 0; feature < features; feature++, at++) {
      const value = values[at] ?? Number.NaN;
      if (Number.isNaN(value)) continue;
      sums[feature] = (sums[feature] ?? 0) + value;
      counts[feature] = (counts[feature] ?? 0) + 1;
    }
  }
  const fill = Array.from(sums, (sum, feature) => sum / (counts[feature] ?? 0));
  const empty = fill.findIndex((mean) => !Number.isFinite(mean));
  if (empty >= 0) {
    const column = names ? quote(names[empty] ?? '') : empty + 1;
    throw new FunctionError(
      'unsuitable-data',
      `Column ${column} has no mean to fill in: it has no values, or they are too large.`,
    );
  }
  const whole = counts.reduce((sum, count) => sum + count, 0);
  fillRows({ values, rows, columns: features }, fill);
  return { fill, count: rows * features - whole };
}

/** Puts `fill` in place of missing values (NaN), by column. */
export function fillRows({ values, rows, columns }: NumberRows, fill: readonly number[]): void {
  for (let row = 0, at = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++, at++) {
      if (Number.isNaN(values[at] ?? 0)) values[at] = fill[column] ?? 0;
    }
  }
}
