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

/** Takes the mean of each column away from the rows; returns the means. */
export function centerRows(values: Float64Array, columns: number): Float64Array {
  const rows = values.length / columns;
  const mean = new Float64Array(columns);
  for (let at = 0; at < values.length; at++) mean[at % columns] += values[at] / rows;
  for (let at = 0; at < values.length; at++) values[at] -= mean[at % columns];
  return mean;
}

/** Center k, where it was before the means were taken away. */
export function centerAt(centers: Float64Array, k: number, mean: Float64Array): Float64Array {
  return mean.map((offset, j) => offset + centers[k * mean.length + j]);
}
