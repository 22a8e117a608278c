/** How well weights fit the rows that they were trained on. */
import type { Rows } from './curvature.ts';

export interface Quality {
  /** Mean over the rows. */
  readonly logLoss: number;
  /** Largest part of the gradient of the mean loss, with its penalty: 0 at the optimum. */
  readonly gradient: number;
  /** Whether the weights get every row right: without a penalty larger ones would fit better still, without end. */
  readonly separates: boolean;
}

/** log(1 + e^x), also where e^x is beyond the numbers. */
const softplus = (x: number): number => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));

/** `weights`: the intercept first; `l2` as `NewtonOptions` has it. */
export function measureFit(
  { values, labels, rows, features }: Rows,
  weights: Float64Array,
  l2: number,
): Quality {
  const gradient = new Float64Array(weights.length);
  let loss = 0;
  let separates = true;
  for (let row = 0, at = 0; row < rows; row++, at += features) {
    let margin = weights[0];
    for (let c = 0; c < features; c++) margin += weights[c + 1] * values[at + c];
    const isOne = labels[row] === 1;
    loss += softplus(isOne ? -margin : margin);
    if (isOne ? margin <= 0 : margin >= 0) separates = false;
    const off = 1 / (1 + Math.exp(-margin)) - labels[row];
    gradient[0] += off;
    for (let c = 0; c < features; c++) gradient[c + 1] += off * values[at + c];
  }
  let largest = 0;
  for (let c = 0; c < weights.length; c++) {
    const part = (gradient[c] + (c === 0 ? 0 : l2 * weights[c])) / rows;
    largest = Math.max(largest, Math.abs(part));
  }
  return { logLoss: loss / rows, gradient: largest, separates };
}
