/** The Hessian of logistic regression over rows in memory, and solving with it. */

/** Rows of features without a column of ones; the intercept is the first weight. */
export interface Rows {
  readonly values: Float64Array;
  /** 0 or 1 */
  readonly labels: Float64Array;
  readonly rows: number;
  readonly features: number;
}

function margin(values: Float64Array, at: number, weights: Float64Array, features: number): number {
  let sum = weights[0];
  for (let c = 0; c < features; c++) sum += values[at + c] * weights[c + 1];
  return sum;
}

/** Fills the lower triangle of `hessian` (row-major, `features + 1` square) from every `step`-th row. */
export function fillHessian(data: Rows, weights: Float64Array, hessian: Float64Array, step: number): void {
  const { values, rows, features } = data;
  const size = features + 1;
  hessian.fill(0);
  for (let row = 0; row < rows; row += step) {
    const at = row * features;
    const small = Math.exp(-Math.abs(margin(values, at, weights, features)));
    const weight = small / ((1 + small) * (1 + small));
    hessian[0] = hessian[0] + weight;
    for (let i = 0; i < features; i++) {
      const factor = weight * values[at + i];
      const line = (i + 1) * size;
      hessian[line] = hessian[line] + factor;
      for (let j = 0; j <= i; j++) {
        const cell = line + 1 + j;
        hessian[cell] = hessian[cell] + factor * values[at + j];
      }
    }
  }
}

/** A pivot this small beside what it began as: the columns depend on each other. */
const SINGULAR = 1e-13;

/** Cholesky's decomposition of the lower triangle of `matrix`, in place. False where it is not positive definite. */
export function decompose(matrix: Float64Array, size: number): boolean {
  const at = (i: number, j: number) => matrix[i * size + j];
  for (let i = 0; i < size; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = at(i, j);
      for (let k = 0; k < j; k++) sum -= at(i, k) * at(j, k);
      if (i > j) matrix[i * size + j] = sum / at(j, j);
      else if (sum > SINGULAR * at(i, i)) matrix[i * size + i] = Math.sqrt(sum);
      else return false;
    }
  }
  return true;
}

/** Solves for `vector`, in place, with what `decompose` made. */
export function solve(matrix: Float64Array, vector: Float64Array): void {
  const size = vector.length;
  const at = (i: number, j: number) => matrix[i * size + j];
  for (let i = 0; i < size; i++) {
    let sum = vector[i];
    for (let k = 0; k < i; k++) sum -= at(i, k) * vector[k];
    vector[i] = sum / at(i, i);
  }
  for (let i = size - 1; i >= 0; i--) {
    let sum = vector[i];
    for (let k = i + 1; k < size; k++) sum -= at(k, i) * vector[k];
    vector[i] = sum / at(i, i);
  }
}
