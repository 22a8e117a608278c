/** Gradient descent as Teaclave's library does it, number for number (contract 1.6, 2.5). */
import { exp } from '../math/exp.ts';
import { columnDots, dot } from './dot.ts';

/** Two costs closer than this end the descent. */
const STILL = 1e-20;
const FIRST_WEIGHT = 0.5;

/** The logistic function. */
export const sigmoid = (x: number): number => 1 / (1 + exp(-x));

/** Mean cross-entropy; NaN where a prediction is 0 or 1, which ends nothing. */
function cost(predictions: Float64Array, labels: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < labels.length; i++) {
    const label = labels[i];
    const prediction = predictions[i];
    sum += label * Math.log(prediction) + (1 - label) * Math.log(1 - prediction);
  }
  return -(sum / labels.length);
}

export interface DescentOptions {
  /** Size of a step. */
  readonly alpha: number;
  /** Steps at most. */
  readonly iterations: number;
}

/** The weights after the descent. `matrix` is row-major, one row for each label; its first column is 1. */
export function descend(
  matrix: Float64Array,
  labels: Float64Array,
  columns: number,
  { alpha, iterations }: DescentOptions,
): Float64Array {
  const rows = labels.length;
  const weights = new Float64Array(columns).fill(FIRST_WEIGHT);
  const predictions = new Float64Array(rows);
  const differences = new Float64Array(rows);
  const gradient = new Float64Array(columns);
  let before = 0;
  for (let step = 0; step < iterations; step++) {
    for (let row = 0; row < rows; row++) {
      const prediction = sigmoid(dot(matrix, row * columns, weights, columns));
      predictions[row] = prediction;
      differences[row] = prediction - labels[row];
    }
    const now = cost(predictions, labels);
    if (Math.abs(before - now) < STILL) break;
    before = now;
    columnDots(matrix, differences, gradient);
    for (let c = 0; c < columns; c++) {
      weights[c] = weights[c] - (gradient[c] / rows) * alpha;
    }
  }
  return weights;
}
