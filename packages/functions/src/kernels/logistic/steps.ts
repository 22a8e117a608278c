/** Newton directions from a curvature that is not quite right, made better by what each step showed (L-BFGS). */
import { solve } from './curvature.ts';

interface At {
  readonly weights: Float64Array;
  readonly gradient: Float64Array;
}

interface Pair {
  readonly moved: Float64Array;
  readonly turned: Float64Array;
  /** 1 / (moved * turned) */
  readonly scale: number;
}

const times = (a: Float64Array, b: Float64Array): number => a.reduce((sum, part, i) => sum + part * b[i], 0);

function add(into: Float64Array, factor: number, vector: Float64Array): void {
  for (let i = 0; i < into.length; i++) into[i] = into[i] + factor * vector[i];
}

export class Steps {
  readonly #curvature: Float64Array;
  readonly #pairs: Pair[] = [];

  /** `curvature`: what `decompose` made. */
  constructor(curvature: Float64Array) {
    this.#curvature = curvature;
  }

  /** The inverse of the curvature times the gradient (two-loop recursion, Nocedal 1980). */
  direction(gradient: Float64Array): Float64Array {
    const direction = gradient.slice();
    const factors = new Float64Array(this.#pairs.length);
    for (let i = factors.length - 1; i >= 0; i--) {
      const { moved, turned, scale } = this.#pairs[i];
      factors[i] = scale * times(moved, direction);
      add(direction, -factors[i], turned);
    }
    solve(this.#curvature, direction);
    for (const [i, { moved, turned, scale }] of this.#pairs.entries()) {
      add(direction, factors[i] - scale * times(turned, direction), moved);
    }
    return direction;
  }

  /** Takes in what the gradient did on the way from one place to the next. */
  learn(from: At, to: At): void {
    const moved = to.weights.map((weight, c) => weight - from.weights[c]);
    const turned = to.gradient.map((part, c) => part - from.gradient[c]);
    const product = times(moved, turned);
    // Below it rounding speaks.
    if (product > 1e-300) this.#pairs.push({ moved, turned, scale: 1 / product });
  }
}
