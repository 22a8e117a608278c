/** Filling in missing values with the mean of their column. */
import type { Doubles, NumberRows, Table } from '../kernels/table.ts';
import { FunctionError } from '../refusal.ts';
import { quote } from '../text/quote.ts';

export interface Filled {
  /** What was put in place of missing values, by feature. */
  readonly fill: readonly number[];
  /** How many there were. */
  readonly count: number;
  /** The features that had any, ascending. */
  readonly missing: readonly number[];
}

/** Means of columns without their missing values (NaN), portion after portion. */
export class ColumnMeans {
  readonly #sums: Float64Array;
  readonly #counts: Float64Array;
  #rows = 0;

  constructor(columns: number) {
    this.#sums = new Float64Array(columns);
    this.#counts = new Float64Array(columns);
  }

  /** Takes the first columns of the rows, as many as there are means. */
  add({ values, rows, columns }: NumberRows): void {
    const [sums, counts] = [this.#sums, this.#counts];
    for (let row = 0, base = 0; row < rows; row++, base += columns) {
      for (let column = 0; column < sums.length; column++) {
        const value = values[base + column] ?? Number.NaN;
        if (Number.isNaN(value)) continue;
        sums[column] = (sums[column] ?? 0) + value;
        counts[column] = (counts[column] ?? 0) + 1;
      }
    }
    this.#rows += rows;
  }

  /**
   * What to fill in for missing values.
   *
   * @throws FunctionError `unsuitable-data` for a column without a value, or whose sum is beyond the numbers
   */
  filled(names: readonly string[] | undefined): Filled {
    const fill = Array.from(this.#sums, (sum, column) => sum / (this.#counts[column] ?? 0));
    const empty = fill.findIndex((mean) => !Number.isFinite(mean));
    if (empty >= 0) {
      const column = names ? quote(names[empty] ?? '') : empty + 1;
      throw new FunctionError(
        'unsuitable-data',
        `Column ${column} has no mean to fill in: it has no values, or they are too large.`,
      );
    }
    const present = this.#counts.reduce((sum, count) => sum + count, 0);
    const missing = [...this.#counts.keys()].filter((column) => (this.#counts[column] ?? 0) < this.#rows);
    return { fill, count: this.#rows * fill.length - present, missing };
  }
}

/**
 * Fills in the missing values (NaN) of a table, row after row, in place.
 *
 * @throws FunctionError as `ColumnMeans.filled`
 */
export function fillWithMeans({ rows, features, values, names }: Table<Doubles>): Filled {
  const means = new ColumnMeans(features);
  const all = { values, rows, columns: features };
  means.add(all);
  const filled = means.filled(names);
  fillRows(all, filled.fill);
  return filled;
}

/** Puts `fill` in place of missing values (NaN) in the first columns, as many as it has numbers. */
export function fillRows({ values, rows, columns }: NumberRows, fill: readonly number[]): void {
  for (let row = 0, base = 0; row < rows; row++, base += columns) {
    for (let column = 0; column < fill.length; column++) {
      if (Number.isNaN(values[base + column] ?? 0)) values[base + column] = fill[column] ?? 0;
    }
  }
}
