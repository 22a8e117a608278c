/** What the exact algorithm fits: everything in floats of 32 bits, in the order of the rows (contract 1.4). */
import { FunctionError } from '../../../refusal.ts';
import type { Loss } from '../loss.ts';
import { select } from '../sort.ts';

const { fround, exp, log, abs } = Math;

/**
 * The median as the contract has it: of the values in order the mean of those at floor(n / 2) and before it, but the
 * one alone where its index is below `pairedFrom`.
 */
function median(values: Float32Array, count: number, pairedFrom: number): number {
  const middle = count >> 1;
  const upper = select(values, count, middle);
  if (middle < pairedFrom) return upper;
  let lower = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < middle; i++) lower = Math.max(lower, values[i]);
  return fround(fround(upper + lower) / 2);
}

/** The prediction that all trees start from. Throws `FunctionError` where there is none. */
export function startingPoint(labels: Float32Array, loss: Loss): number {
  const count = labels.length;
  if (count === 0) throw new FunctionError('invalid-input', 'The training data have no rows.');
  if (loss === 'LAD') {
    if (count === 1) throw new FunctionError('unsuitable-data', 'The loss LAD needs at least two rows.');
    return median(labels.slice(), count, 2);
  }
  let sum = 0;
  for (let i = 0; i < count; i++) sum = fround(sum + labels[i]);
  const mean = fround(sum / count);
  if (loss !== 'LogLikelyhood') return mean;
  const bias = fround(fround(log(fround(fround(1 + mean) / fround(1 - mean)))) / 2);
  if (!Number.isFinite(bias)) {
    throw new FunctionError(
      'unsuitable-data',
      'The loss LogLikelyhood needs labels 1 and -1, and some of both.',
    );
  }
  return bias;
}

/** What a tree is fitted to, by row. */
export interface Fitted {
  /** Label - prediction. */
  readonly residuals: Float32Array;
  readonly targets: Float32Array;
}

/** Fills residuals and targets. */
export function fillTargets(
  loss: Loss,
  labels: Float32Array,
  predictions: Float32Array,
  { residuals, targets }: Fitted,
): void {
  for (let i = 0; i < labels.length; i++) {
    const label = labels[i];
    const prediction = predictions[i];
    const residual = fround(label - prediction);
    residuals[i] = residual;
    if (loss === 'LAD') targets[i] = residual >= 0 ? 1 : -1;
    else if (loss === 'LogLikelyhood') {
      const twice = fround(2 * label);
      targets[i] = twice / fround(1 + fround(exp(fround(twice * prediction))));
    } else targets[i] = residual;
  }
}

/** The value of a node that has the rows. `scratch` is as long as all rows of the table. */
export function nodeValue(
  loss: Loss,
  rows: Uint32Array,
  { residuals, targets }: Fitted,
  scratch: Float32Array,
): number {
  const count = rows.length;
  if (count === 0) return 0;
  if (loss === 'LAD') {
    for (let i = 0; i < count; i++) scratch[i] = residuals[rows[i]];
    return median(scratch, count, 1);
  }
  let sum = 0;
  let weight = 0;
  for (let i = 0; i < count; i++) {
    const target = targets[rows[i]];
    sum = fround(sum + target);
    if (loss === 'LogLikelyhood') weight = fround(weight + fround(abs(target) * fround(2 - abs(target))));
  }
  return fround(sum / (loss === 'LogLikelyhood' ? weight : count));
}
