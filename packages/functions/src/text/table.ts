/** A whole table of numbers in memory, read from a stream. */
import type { Input } from '../function.ts';
import {
  allocateNumbers,
  copyColumn,
  type Doubles,
  type Numbers,
  type Singles,
  type Table,
} from '../kernels/table.ts';
import { FunctionError } from '../refusal.ts';
import { quote } from './quote.ts';
import { type RowBatch, type RowFormat, rowBatches } from './rows.ts';

export interface TableFormat extends RowFormat {
  /** Bytes of a number: 4 is a float of 32 bits, and wants `single`. */
  readonly bytes: 4 | 8;
  /** `rows`: row after row; `columns`: column after column. */
  readonly layout: 'rows' | 'columns';
  /** Whether a column is the label: kept apart, or dropped. The last one, unless a header has `labelName`. */
  readonly label?: 'keep' | 'drop';
  readonly labelName?: string | undefined;
}

function labelAt(format: TableFormat, batch: RowBatch): number {
  if (format.label === undefined) return -1;
  if (format.labelName === undefined) return batch.columns - 1;
  const at = batch.names?.indexOf(format.labelName) ?? -1;
  if (at < 0) {
    throw new FunctionError(
      'invalid-arguments',
      `No column of the header has the label's name, ${quote(format.labelName)}.`,
    );
  }
  return at;
}

class TableBuilder {
  rows = 0;
  stride = 0;
  values: Numbers;
  labels: Numbers;
  readonly features: number;
  readonly #format: TableFormat;
  readonly #label: number;

  constructor(format: TableFormat, first: RowBatch) {
    this.#format = format;
    this.#label = labelAt(format, first);
    this.features = first.columns - (this.#label < 0 ? 0 : 1);
    this.values = allocateNumbers(format.bytes, 0, 0);
    this.labels = allocateNumbers(format.bytes, 0, 0);
  }

  reserve(rows: number): void {
    if (rows <= this.stride) return;
    const { bytes, layout, label } = this.#format;
    const values = allocateNumbers(bytes, rows * this.features, rows);
    if (layout === 'rows') values.set(this.values.subarray(0, this.rows * this.features));
    else {
      for (let column = 0; column < this.features; column++) {
        const from = column * this.stride;
        values.set(this.values.subarray(from, from + this.rows), column * rows);
      }
    }
    this.values = values;
    if (label === 'keep') {
      const labels = allocateNumbers(bytes, rows, rows);
      labels.set(this.labels.subarray(0, this.rows));
      this.labels = labels;
    }
    this.stride = rows;
  }

  add(batch: RowBatch): void {
    if (this.rows + batch.rows > this.stride) {
      this.reserve(Math.max(this.rows + batch.rows, Math.ceil(this.stride * 1.5)));
    }
    for (let column = 0, feature = 0; column < batch.columns; column++) {
      if (column !== this.#label) this.#copyColumn(batch, column, feature++);
      else if (this.#format.label === 'keep')
        copyColumn(batch, column, this.labels, { start: this.rows, step: 1 });
    }
    this.rows += batch.rows;
  }

  #copyColumn(batch: RowBatch, column: number, feature: number): void {
    const place =
      this.#format.layout === 'columns'
        ? { start: feature * this.stride + this.rows, step: 1 }
        : { start: this.rows * this.features + feature, step: this.features };
    copyColumn(batch, column, this.values, place);
  }
}

/** How many rows an input of that size has, if they are like the first ones; a little more. */
function guessRows(batch: RowBatch, size: number | undefined): number {
  if (size === undefined || batch.bytesRead === 0) return batch.rows;
  return Math.ceil(batch.rows * (size / batch.bytesRead) * 1.02) + 1;
}

/**
 * Reads a table. Memory: `bytes` for each number of a row, and half as much more for a while where the input's size
 * is not known or its rows get shorter. Throws `FunctionError` as `rowBatches`, and where memory is short.
 */
export async function readTable(input: Input, format: TableFormat & { bytes: 4 }): Promise<Table<Singles>>;
export async function readTable(input: Input, format: TableFormat & { bytes: 8 }): Promise<Table<Doubles>>;
export async function readTable(input: Input, format: TableFormat): Promise<Table>;
export async function readTable(input: Input, format: TableFormat): Promise<Table> {
  let builder: TableBuilder | undefined;
  let names: readonly string[] | undefined;
  for await (const batch of rowBatches(input, format)) {
    if (!builder) {
      builder = new TableBuilder(format, batch);
      builder.reserve(guessRows(batch, input.size));
      names = batch.names?.filter((_, column) => column !== labelAt(format, batch));
    }
    builder.add(batch);
  }
  const features = (format.columns ?? 0) - (format.label === undefined ? 0 : 1);
  const none = allocateNumbers(format.bytes, 0, 0);
  if (!builder) return { rows: 0, features, values: none, stride: 0, labels: none, names };
  const { rows, stride, values, labels } = builder;
  return { rows, features: builder.features, values, stride, labels: labels.subarray(0, rows), names };
}
