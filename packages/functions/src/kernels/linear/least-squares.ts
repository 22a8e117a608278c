/** Linear regression of rows that arrive in portions. Memory: twice the square of the columns. */
import { FunctionError } from '../../refusal.ts';
import { requireFiniteSums } from '../linalg/overflow.ts';
import type { NumberRows } from '../table.ts';
import { Triangle } from './triangle.ts';

/** Numbers of a block of rows: more at once is not faster. */
const BLOCK = 1 << 15;

export interface LinearFit {
  readonly rows: number;
  /** Intercept first. */
  readonly weights: Float64Array;
  /** Sum of the squared errors. */
  readonly errors: number;
  /** Sum of the squared distances of the labels from their mean. */
  readonly spread: number;
  readonly own: Own;
}

/** How much of a feature those before it do not give: 1 is all of it. */
interface Own {
  /** Of all features. */
  readonly least: number;
  /** The feature that has it, from 0. */
  readonly feature: number;
}

/** Below it what a column has of its own may be rounding. */
const DEPENDENT = 1e-11;

function leastOwn(triangle: Triangle): Own {
  let [least, feature] = [1, 0];
  for (let at = 1; at < triangle.size - 1; at++) {
    let square = 0;
    const pivot = Math.abs(triangle.at(at, at));
    for (let row = 1; row < at; row++) square += (triangle.at(row, at) / pivot) ** 2;
    // A column that never changes has neither pivot nor anything above it.
    const own = pivot === 0 ? 0 : 1 / Math.sqrt(1 + square);
    if (own < least) [least, feature] = [own, at - 1];
  }
  return { least, feature };
}

/** Rows are a 1, the features and the label, the latter two less the first row's: a large mean costs no digits. */
export class LeastSquares {
  readonly #features: number;
  readonly #triangle: Triangle;
  readonly #block: Float64Array;
  #origin: Float64Array | undefined;
  #waiting = 0;
  #rows = 0;

  constructor(features: number) {
    this.#features = features;
    const size = features + 2;
    this.#triangle = new Triangle(size);
    this.#block = new Float64Array(Math.max(1, Math.floor(BLOCK / size)) * size);
  }

  /** Rows of the features and the label, which stands last. */
  add({ values, rows, columns }: NumberRows): void {
    this.#origin ??= values.slice(0, columns);
    const origin = this.#origin;
    const [block, size] = [this.#block, this.#features + 2];
    for (let from = 0; from < rows * columns; from += columns) {
      let to = this.#waiting * size;
      block[to++] = 1;
      for (let c = 0; c < columns; c++) block[to++] = values[from + c] - origin[c];
      this.#waiting++;
      if (to === block.length) this.#flush();
    }
    this.#rows += rows;
  }

  #flush(): void {
    this.#triangle.add(this.#block, this.#waiting);
    this.#waiting = 0;
  }

  /**
   * The weights w that make |errors|^2 + l2 |w|^2 least, the intercept being none of w; where no weights are the best, the
   * feature that follows from those before it.
   *
   * @throws FunctionError `invalid-input` where there were no rows, `unsuitable-data` for values whose squares are not finite
   */
  solve(l2: number): LinearFit | { readonly dependent: number } {
    if (!this.#origin) throw new FunctionError('invalid-input', 'The training data have no rows.');
    this.#flush();
    requireFiniteSums(...this.#triangle.diagonal());
    const [features, origin] = [this.#features, this.#origin];
    const solved = penalized(this.#triangle, l2);
    const own = leastOwn(solved);
    if (own.least < DEPENDENT) return { dependent: own.feature };
    const weights = new Float64Array(features + 1);
    for (let row = features; row >= 0; row--) {
      let sum = solved.at(row, features + 1);
      for (let c = row + 1; c <= features; c++) sum -= solved.at(row, c) * weights[c];
      weights[row] = sum / solved.at(row, row);
    }
    const { errors, spread } = sumSquares(this.#triangle, weights);
    weights[0] += origin[features];
    for (let c = 0; c < features; c++) weights[0] -= origin[c] * weights[c + 1];
    requireFiniteSums(errors, spread, ...weights);
    return { rows: this.#rows, weights, errors, spread, own };
  }
}

/** With a row more for each feature, which has the penalty's root there. */
function penalized(triangle: Triangle, l2: number): Triangle {
  if (l2 === 0) return triangle;
  const { size } = triangle;
  const solved = triangle.copy();
  const row = new Float64Array(size);
  for (let column = 1; column < size - 1; column++) {
    row.fill(0);
    row[column] = Math.sqrt(l2);
    solved.add(row, 1);
  }
  return solved;
}

function sumSquares(triangle: Triangle, weights: Float64Array): { errors: number; spread: number } {
  const last = triangle.size - 1;
  let [errors, spread] = [triangle.at(last, last) ** 2, triangle.at(last, last) ** 2];
  for (let row = 0; row < last; row++) {
    let error = triangle.at(row, last);
    if (row > 0) spread += error ** 2;
    for (let c = row; c < last; c++) error -= triangle.at(row, c) * weights[c];
    errors += error ** 2;
  }
  return { errors, spread };
}
