/** The rows of the input, with their missing values filled in where that was asked for. */
import type { Input } from '../function.ts';
import { ColumnMeans, type Filled, fillRows } from '../tables/fill.ts';
import { type RowBatch, type RowFormat, rowBatches } from '../text/rows.ts';

/** What components are made of. */
export interface Wanted {
  /** Columns, the first ones of each row. */
  readonly count: number;
  readonly center: boolean;
  /** In place of missing values, by column; undefined: there are none. */
  readonly fill: readonly number[] | undefined;
}

/** Reads all rows for the means of the first `count` columns. @throws FunctionError as `ColumnMeans.filled` */
export async function readMeans(input: Input, format: RowFormat, count: number): Promise<Filled> {
  const means = new ColumnMeans(count);
  let names: readonly string[] | undefined;
  for await (const batch of rowBatches(input, format)) {
    names = batch.names;
    means.add(batch);
  }
  return means.filled(names);
}

/** As `rowBatches`. */
export async function* filledRows(
  input: Input,
  format: RowFormat,
  fill: readonly number[] | undefined,
): AsyncGenerator<RowBatch, void, void> {
  for await (const batch of rowBatches(input, format)) {
    if (fill) fillRows(batch, fill);
    yield batch;
  }
}
