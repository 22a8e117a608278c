/** Rows of numbers. */

/** Less their mean, so that differences of squares lose no digits to a common offset. */
export interface Points {
  readonly rows: number;
  readonly columns: number;
  /** Row after row. */
  readonly values: Float64Array;
  /** Squared length of each row. */
  readonly squares: Float64Array;
}

export function squaredLengths(values: Float64Array, columns: number): Float64Array {
  return Float64Array.from({ length: values.length / columns }, (_, row) => {
    let sum = 0;
    for (let i = row * columns; i < (row + 1) * columns; i++) sum += values[i] ** 2;
    return sum;
  });
}

/** Squared distance of row `row` to `centers[at .. at + columns]`, by differences. */
export function distance(
  { values, columns }: Points,
  row: number,
  centers: Float64Array,
  at: number,
): number {
  let sum = 0;
  for (let j = 0; j < columns; j++) sum += (values[row * columns + j] - centers[at + j]) ** 2;
  return sum;
}
