/** A table of numbers in memory, as training takes it. */
import { FunctionError } from '../refusal.ts';

export type Singles = Float32Array<ArrayBuffer>;
export type Doubles = Float64Array<ArrayBuffer>;
export type Numbers = Singles | Doubles;

export interface Table<Values extends Numbers = Numbers> {
  readonly rows: number;
  /** Columns beside the label. */
  readonly features: number;
  /** Value of row r, column c: `values[r * features + c]`, or with columns one after the other `values[c * stride + r]`. */
  readonly values: Values;
  /** Distance of two columns' beginnings where they lie one after the other. */
  readonly stride: number;
  /** One a row where labels are kept, else empty. */
  readonly labels: Values;
  /** Of the features, with a header. */
  readonly names: readonly string[] | undefined;
}

/** Some rows of a table, one after the other. */
export interface NumberRows {
  /** `rows * columns` numbers. */
  readonly values: Float64Array;
  readonly rows: number;
  readonly columns: number;
}

/**
 * Zeroed memory for `length` numbers of so many bytes each, which `rows` rows need.
 *
 * @throws FunctionError (out-of-memory)
 */
export function allocateNumbers(bytes: 4, length: number, rows: number): Singles;
export function allocateNumbers(bytes: 8, length: number, rows: number): Doubles;
export function allocateNumbers(bytes: 4 | 8, length: number, rows: number): Numbers;
export function allocateNumbers(bytes: 4 | 8, length: number, rows: number): Numbers {
  try {
    return bytes === 4 ? new Float32Array(length) : new Float64Array(length);
  } catch (cause) {
    const mebibytes = Math.ceil((length * bytes) / 2 ** 20);
    throw new FunctionError(
      'out-of-memory',
      `The data do not fit in memory: ${rows} rows need ${mebibytes} MiB more. Give the worker more memory, or fewer rows.`,
      { cause },
    );
  }
}

/** Copies a column of the rows to `to[start]`, `to[start + step]`, ... */
export function copyColumn(
  { values, rows, columns }: NumberRows,
  column: number,
  to: Numbers,
  { start, step }: { readonly start: number; readonly step: number },
): void {
  for (let row = 0, from = column, at = start; row < rows; row++, from += columns, at += step) {
    to[at] = values[from];
  }
}
