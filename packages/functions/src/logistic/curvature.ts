/** Loss, gradient and Hessian of logistic regression over rows in memory; and solving with the Hessian. */

/** Rows of features without a column of ones; the intercept is the first weight. */
export interface Rows {
  readonly values: Float64Array;
  /** 0 or 1 */
  readonly labels: Float64Array;
  readonly rows: number;
  readonly features: number;
}

/** Factors of a product that is at most 2 each: below 2^1024 in all. */
const FACTORS = 512;

function margin(values: Float64Array, at: number, weights: Float64Array, features: number): number {
  let sum = weights[0] as number;
  for (let c = 0; c < features; c++) sum += (values[at + c] as number) * (weights[c + 1] as number);
  return sum;
}

/**
 * Returns the summed loss of every `step`-th row and puts its gradient into `gradient`. The logarithms of the
 * probabilities are taken of products of many.
 */
export function lossAndGradient(
  data: Rows,
  weights: Float64Array,
  gradient: Float64Array,
  step: number,
): number {
  const { values, labels, rows, features } = data;
  gradient.fill(0);
  let intercept = 0;
  let loss = 0;
  let product = 1;
  let factors = 0;
  for (let row = 0; row < rows; row += step) {
    const at = row * features;
    const sum = margin(values, at, weights, features);
    const label = labels[row] as number;
    // e^-|m|: never overflows.
    const small = Math.exp(-Math.abs(sum));
    const probability = (sum >= 0 ? 1 : small) / (1 + small);
    // -log p(label) = log(1 + e^-|m|) + what |m| is on the wrong side.
    loss += Math.max(sum, 0) - label * sum;
    product *= 1 + small;
    if (++factors === FACTORS) {
      loss += Math.log(product);
      product = 1;
      factors = 0;
    }
    const difference = probability - label;
    intercept += difference;
    for (let c = 0; c < features; c++) {
      gradient[c + 1] = (gradient[c + 1] as number) + difference * (values[at + c] as number);
    }
  }
  gradient[0] = intercept;
  return loss + Math.log(product);
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
    hessian[0] = (hessian[0] as number) + weight;
    for (let i = 0; i < features; i++) {
      const factor = weight * (values[at + i] as number);
      const line = (i + 1) * size;
      hessian[line] = (hessian[line] as number) + factor;
      for (let j = 0; j <= i; j++) {
        const cell = line + 1 + j;
        hessian[cell] = (hessian[cell] as number) + factor * (values[at + j] as number);
      }
    }
  }
}

/** A pivot this small beside what it began as: the columns depend on each other. */
const SINGULAR = 1e-13;

/**
 * Solves `matrix` x = `vector` by Cholesky's decomposition of the lower triangle, both overwritten. False where the
 * matrix is not positive definite.
 */
export function solve(matrix: Float64Array, vector: Float64Array): boolean {
  const size = vector.length;
  const at = (i: number, j: number) => matrix[i * size + j] as number;
  for (let i = 0; i < size; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = at(i, j);
      for (let k = 0; k < j; k++) sum -= at(i, k) * at(j, k);
      if (i > j) matrix[i * size + j] = sum / at(j, j);
      else if (sum > SINGULAR * at(i, i)) matrix[i * size + i] = Math.sqrt(sum);
      else return false;
    }
  }
  for (let i = 0; i < size; i++) {
    let sum = vector[i] as number;
    for (let k = 0; k < i; k++) sum -= at(i, k) * (vector[k] as number);
    vector[i] = sum / at(i, i);
  }
  for (let i = size - 1; i >= 0; i--) {
    let sum = vector[i] as number;
    for (let k = i + 1; k < size; k++) sum -= at(k, i) * (vector[k] as number);
    vector[i] = sum / at(i, i);
  }
  return true;
}
