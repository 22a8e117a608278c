/** Rows of doubles one after the other, and products whose sums run as rulinalg's and matrixmultiply's do (contract 2.5). */
export interface Matrix {
  readonly rows: number;
  readonly columns: number;
  readonly data: Float64Array;
}

export const zeros = (rows: number, columns: number): Matrix => ({
  rows,
  columns,
  data: new Float64Array(rows * columns),
});

export function identity(size: number): Matrix {
  const matrix = zeros(size, size);
  for (let i = 0; i < size; i++) matrix.data[i * size + i] = 1;
  return matrix;
}

export function transpose({ rows, columns, data }: Matrix): Matrix {
  const other = zeros(columns, rows);
  for (let i = 0; i < rows; i++)
    for (let j = 0; j < columns; j++) other.data[j * rows + i] = data[i * columns + j];
  return other;
}

/** Products are summed in portions of so many terms: matrixmultiply's `kc`. */
export const PORTION = 256;

/** Eight running sums over every eighth product, put together in pairs, then the rest one by one: rulinalg's `dot`. */
export function dot(x: Float64Array, y: Float64Array): number {
  const sums = new Float64Array(8);
  const whole = x.length - (x.length % 8);
  for (let i = 0; i < whole; i += 8) for (let k = 0; k < 8; k++) sums[k] += x[i + k] * y[i + k];
  let sum = 0;
  for (let k = 0; k < 4; k++) sum = sum + sums[k] + sums[k + 4];
  for (let i = whole; i < x.length; i++) sum += x[i] * y[i];
  return sum;
}
