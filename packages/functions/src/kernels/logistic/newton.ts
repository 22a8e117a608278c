/**
 * Logistic regression by Newton's method. With many rows the curvature comes from a sample of them, and so does the
 * starting point: the gradient is that of all rows, so the answer is the same. What the steps themselves tell of the
 * curvature (Broyden, Fletcher, Goldfarb, Shanno) makes up for what the sample does not know. Where a sample serves
 * badly, the curvature of all rows takes over.
 */
import { FunctionError } from '../../refusal.ts';
import { decompose, fillHessian, type Rows } from './curvature.ts';
import { Passes } from './passes.ts';
import { Steps } from './steps.ts';

/** Rows of the samples, and how many times as many the next larger one must have. */
const SAMPLES = [4_000, 40_000];
const WORTH = 3;
const MOST_HALVINGS = 40;
/** A step should lower the gradient by this factor; else the sample is left. */
const PROGRESS = 0.3;
/** Rounding of a sum of losses. */
const SLACK = 1e-12;
/** A sample's own optimum is not worth more. */
const ROUGHLY = 1e-4;

export interface NewtonOptions {
  /** Penalty l2 / 2 * |weights|^2 beside the summed loss; not on the intercept. */
  readonly l2: number;
  /** Largest part of the gradient of the mean loss that ends it. */
  readonly tolerance: number;
  readonly iterations: number;
}

export interface Fit {
  /** Intercept first. */
  readonly weights: Float64Array;
  readonly iterations: number;
  readonly converged: boolean;
}

/** The problem on every `step`-th row, as a mean. */
class Objective {
  readonly #data: Rows;
  readonly #passes: Passes;
  readonly #l2: number;
  readonly #step: number;
  readonly #count: number;

  constructor(data: Rows, passes: Passes, l2: number, step: number) {
    this.#data = data;
    this.#passes = passes;
    this.#l2 = l2 / data.rows;
    this.#step = step;
    this.#count = Math.ceil(data.rows / step);
  }

  evaluate(weights: Float64Array, gradient: Float64Array): number {
    let loss = this.#passes.lossAndGradient(weights, gradient, this.#step) / this.#count;
    for (let c = 0; c < weights.length; c++) {
      const weight = c === 0 ? 0 : weights[c];
      gradient[c] = gradient[c] / this.#count + this.#l2 * weight;
      loss += (this.#l2 / 2) * weight * weight;
    }
    return loss;
  }

  /** The Hessian, decomposed; undefined: singular. */
  curvature(weights: Float64Array): Float64Array | undefined {
    const size = weights.length;
    const hessian = new Float64Array(size * size);
    fillHessian(this.#data, weights, hessian, this.#step);
    for (let i = 0; i < hessian.length; i++) hessian[i] = hessian[i] / this.#count;
    for (let c = 1; c < size; c++) hessian[c * size + c] = hessian[c * size + c] + this.#l2;
    return decompose(hessian, size) ? hessian : undefined;
  }
}

const largest = (vector: Float64Array): number =>
  vector.reduce((most, part) => Math.max(most, Math.abs(part)), 0);

/** Where a descent is. */
interface Place {
  weights: Float64Array;
  gradient: Float64Array;
  loss: number;
}

/** Steps along the direction as far as the loss gets no higher; undefined: nowhere. */
function searchLine(
  objective: Objective,
  from: Place,
  direction: Float64Array,
): { to: Place; whole: boolean } | undefined {
  const gradient = new Float64Array(direction.length);
  for (let halvings = 0, length = 1; halvings < MOST_HALVINGS; halvings++, length /= 2) {
    const weights = from.weights.map((weight, c) => weight - length * direction[c]);
    const loss = objective.evaluate(weights, gradient);
    if (loss <= from.loss + Math.abs(from.loss) * SLACK)
      return { to: { weights, gradient, loss }, whole: halvings === 0 };
  }
  return undefined;
}

/**
 * Goes down from `start`. `sample`: whose curvature is good enough, taken once; where it is not, the objective's own is
 * taken at every step.
 */
function descend(
  objective: Objective,
  sample: Objective | undefined,
  start: Float64Array,
  options: NewtonOptions,
): Fit {
  const gradient = new Float64Array(start.length);
  let place: Place = { weights: start, gradient, loss: objective.evaluate(start, gradient) };
  const sampled = sample?.curvature(start);
  let steps = sampled && new Steps(sampled);
  for (let iterations = 0; ; iterations++) {
    const { weights } = place;
    const before = largest(place.gradient);
    if (!Number.isFinite(before))
      throw new FunctionError('unsuitable-data', 'The weights grow without end: values are too large.');
    if (before <= options.tolerance) return { weights, iterations, converged: true };
    if (iterations >= options.iterations) return { weights, iterations, converged: false };
    const trusted = steps;
    if (!steps) {
      const curvature = objective.curvature(weights);
      if (!curvature) {
        throw new FunctionError(
          'unsuitable-data',
          'Columns depend on each other: give "l2" a value above 0, or leave one of them out.',
        );
      }
      steps = new Steps(curvature);
    }
    const went = searchLine(objective, place, steps.direction(place.gradient));
    if (!went && !trusted) return { weights, iterations, converged: false };
    const good = went?.whole && largest(went.to.gradient) <= before * PROGRESS;
    if (went && good && trusted) steps.learn(place, went.to);
    else steps = undefined;
    if (went) place = went.to;
  }
}

/** The logarithm of the odds of the labels. Throws `FunctionError` for labels that do not suit. */
function startingLogit({ rows, labels }: Rows): number {
  if (rows === 0) throw new FunctionError('invalid-input', 'The training data have no rows.');
  let ones = 0;
  for (let row = 0; row < rows; row++) {
    const label = labels[row];
    if (label !== 0 && label !== 1) {
      throw new FunctionError('unsuitable-data', `Row ${row + 1}: the label must be 0 or 1.`);
    }
    ones += label;
  }
  if (ones === 0 || ones === rows)
    throw new FunctionError('unsuitable-data', 'All labels are the same: both classes are needed.');
  return Math.log(ones / (rows - ones));
}

/** Throws `FunctionError` for labels other than 0 and 1, for one class only, and for columns that depend on each other. */
export function newton(data: Rows, options: NewtonOptions): Fit {
  let weights: Float64Array = new Float64Array(data.features + 1);
  weights[0] = startingLogit(data);
  const passes = new Passes(data);
  let sample: Objective | undefined;
  for (const rows of SAMPLES) {
    const step = Math.floor(data.rows / rows);
    if (step < WORTH) break;
    const next = new Objective(data, passes, options.l2, step);
    try {
      const roughly = { ...options, tolerance: Math.max(ROUGHLY, options.tolerance) };
      weights = descend(next, sample, weights.slice(), roughly).weights;
      sample = next;
    } catch {
      // A sample may have columns that are all 0; all rows decide.
      break;
    }
  }
  return descend(new Objective(data, passes, options.l2, 1), sample, weights, options);
}
