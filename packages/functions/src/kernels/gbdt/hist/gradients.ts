/** First and second derivatives of the losses that histogram training knows, at each row's prediction. */
import { FunctionError } from '../../../refusal.ts';
import type { Loss } from '../loss.ts';
import { select } from '../sort.ts';

/** Keeps a hessian from being 0 where a prediction is sure. */
const SMALLEST = 1e-16;

type Kind = 'squares' | 'logistic' | 'half-logistic' | 'absolute';

/** Throws `FunctionError` for a loss that has no gradients here. */
export function kindOf(loss: Loss): Kind {
  switch (loss) {
    case 'SquaredError':
    case 'RegLinear':
      return 'squares';
    case 'RegLogistic':
    case 'BinaryLogistic':
    case 'BinaryLogitraw':
      return 'logistic';
    case 'LogLikelyhood':
      return 'half-logistic';
    case 'LAD':
      return 'absolute';
    default:
      throw new FunctionError(
        'invalid-arguments',
        `The loss ${loss} is not there: take SquaredError, LAD, LogLikelyhood, reg:linear, reg:logistic, binary:logistic or binary:logitraw.`,
      );
  }
}

/** The best constant prediction (f32) for labels that suit the loss. Throws `FunctionError` where all are of one class. */
export function bestConstant(kind: Kind, loss: Loss, labels: Float32Array): number {
  const count = labels.length;
  if (count === 0) throw new FunctionError('invalid-input', 'The training data have no rows.');
  if (kind === 'absolute') return median(labels.slice(), count);
  let sum = 0;
  for (let i = 0; i < count; i++) sum += labels[i];
  const mean = sum / count;
  if (kind === 'squares') return Math.fround(mean);
  const [odds, scale] = kind === 'logistic' ? [mean / (1 - mean), 1] : [(1 + mean) / (1 - mean), 0.5];
  const bias = Math.fround(scale * Math.log(odds));
  if (!Number.isFinite(bias)) {
    throw new FunctionError(
      'unsuitable-data',
      `All labels are the same: the loss ${loss} needs both classes.`,
    );
  }
  return bias;
}

/** The median of `values[0..count]`, which are reordered. */
export function median(values: Float32Array, count: number): number {
  const upper = select(values, count, count >> 1);
  if (count % 2 === 1) return upper;
  let lower = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < count >> 1; i++) lower = Math.max(lower, values[i]);
  return Math.fround(lower / 2 + upper / 2);
}

/** Fills `pairs` with gradient and hessian of every row. */
export function fillGradients(
  kind: Kind,
  labels: Float32Array,
  predictions: Float32Array,
  pairs: Float32Array,
): void {
  const count = labels.length;
  if (kind === 'logistic') {
    for (let i = 0; i < count; i++) {
      const probability = 1 / (1 + Math.exp(-predictions[i]));
      pairs[2 * i] = probability - labels[i];
      pairs[2 * i + 1] = Math.max(probability * (1 - probability), SMALLEST);
    }
    return;
  }
  for (let i = 0; i < count; i++) {
    const label = labels[i];
    const prediction = predictions[i];
    let gradient = prediction - label;
    let hessian = 1;
    if (kind === 'absolute') gradient = Math.sign(gradient);
    else if (kind === 'half-logistic') {
      gradient = (-2 * label) / (1 + Math.exp(2 * label * prediction));
      hessian = Math.max(Math.abs(gradient) * (2 - Math.abs(gradient)), SMALLEST);
    }
    pairs[2 * i] = gradient;
    pairs[2 * i + 1] = hessian;
  }
}
