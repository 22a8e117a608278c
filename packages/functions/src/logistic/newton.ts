/**
 * Logistic regression by Newton's method. With many rows the curvature comes from a sample of them, and so does the
 * starting point: the gradient is that of all rows, so the answer is the same, and each step still gains a digit or
 * two. Where the sample serves badly, the curvature of all rows takes over.
 */
import { FunctionError } from '../function.ts';
import { fillHessian, lossAndGradient, type Rows, solve } from './curvature.ts';

/** Rows of a sample, and how many times as many there must be for one to be taken. */
const SAMPLE = 40_000;
const WORTH = 3;
const MOST_HALVINGS = 40;
/** A step should lower the gradient by this factor; else the sample is left. */
const PROGRESS = 0.3;
/** Rounding of a sum of losses. */
const SLACK = 1e-12;
/** The sample's own optimum is not worth more. */
const ROUGHLY = 1e-5;

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

/** The problem on every `step`-th row. */
class Objective {
  readonly #data: Rows;
  readonly #l2: number;
  readonly step: number;
  readonly count: number;

  constructor(data: Rows, l2: number, step: number) {
    this.#data = data;
    this.step = step;
    this.count = Math.ceil(data.rows / step);
    this.#l2 = (l2 * this.count) / data.rows;
  }

  evaluate(weights: Float64Array, gradient: Float64Array): number {
    let loss = lossAndGradient(this.#data, weights, gradient, this.step);
    for (let c = 1; c < weights.length; c++) {
      const weight = weights[c] as number;
      gradient[c] = (gradient[c] as number) + this.#l2 * weight;
      loss += (this.#l2 / 2) * weight * weight;
    }
    return loss;
  }

  /** Newton's direction for a gradient of `count` rows, with this objective's curvature; undefined: singular. */
  direction(
    weights: Float64Array,
    gradient: Float64Array,
    count: number,
    hessian: Float64Array,
  ): Float64Array | undefined {
    fillHessian(this.#data, weights, hessian, this.step);
    const size = weights.length;
    for (let c = 1; c < size; c++) hessian[c * size + c] = (hessian[c * size + c] as number) + this.#l2;
    const direction = gradient.map((part) => (part * this.count) / count);
    return solve(hessian, direction) ? direction : undefined;
  }
}

const largest = (vector: Float64Array): number =>
  vector.reduce((most, part) => Math.max(most, Math.abs(part)), 0);

/** Goes down from `weights`, which are moved. `curvatures`: to be tried in this order. */
function descend(
  objective: Objective,
  curvatures: Objective[],
  weights: Float64Array,
  options: NewtonOptions,
): Fit {
  const size = weights.length;
  const hessian = new Float64Array(size * size);
  const next = new Float64Array(size);
  let gradient = new Float64Array(size);
  let nextGradient = new Float64Array(size);
  let loss = objective.evaluate(weights, gradient);
  let [curvature, ...others] = curvatures;
  for (let iterations = 0; ; iterations++) {
    const before = largest(gradient);
    if (!Number.isFinite(before))
      throw new FunctionError('The weights grow without end: values are too large.');
    if (before / objective.count <= options.tolerance) return { weights, iterations, converged: true };
    if (iterations >= options.iterations) return { weights, iterations, converged: false };
    const direction = curvature?.direction(weights, gradient, objective.count, hessian);
    let lower = false;
    let halvings = 0;
    for (let size = 1; direction && !lower && halvings < MOST_HALVINGS; halvings++, size /= 2) {
      for (let c = 0; c < next.length; c++)
        next[c] = (weights[c] as number) - size * (direction[c] as number);
      const nextLoss = objective.evaluate(next, nextGradient);
      lower = nextLoss <= loss + Math.abs(loss) * SLACK;
      if (lower) loss = nextLoss;
    }
    if (lower) {
      weights.set(next);
      [gradient, nextGradient] = [nextGradient, gradient];
    }
    if (lower && halvings === 1 && (others.length === 0 || largest(gradient) <= before * PROGRESS)) continue;
    if (others.length > 0) [curvature, ...others] = others;
    else if (!direction) {
      throw new FunctionError(
        'Columns depend on each other: give "l2" a value above 0, or leave one of them out.',
      );
    } else if (!lower) return { weights, iterations, converged: false };
  }
}

/** Throws `FunctionError` for labels other than 0 and 1, for one class only, and for columns that depend on each other. */
export function newton(data: Rows, options: NewtonOptions): Fit {
  const { rows, labels, features } = data;
  if (rows === 0) throw new FunctionError('The training data have no rows.');
  const wrong = labels.findIndex((label) => label !== 0 && label !== 1);
  if (wrong >= 0)
    throw new FunctionError(`Row ${wrong + 1}: the label must be 0 or 1, not ${labels[wrong]}.`);
  const ones = labels.reduce((sum, label) => sum + label, 0);
  if (ones === 0 || ones === rows)
    throw new FunctionError(`All labels are ${labels[0]}: both classes are needed.`);
  const weights = new Float64Array(features + 1);
  weights[0] = Math.log(ones / (rows - ones));
  const all = new Objective(data, options.l2, 1);
  const step = Math.floor(rows / SAMPLE);
  if (step < WORTH) return descend(all, [all], weights, options);
  const sample = new Objective(data, options.l2, step);
  const start = weights.slice();
  try {
    descend(sample, [sample], start, { ...options, tolerance: Math.max(ROUGHLY, options.tolerance) });
  } catch {
    // A sample may have one class only, or columns that are all 0; all rows decide.
    return descend(all, [all], weights, options);
  }
  return descend(all, [sample, all], start, options);
}
