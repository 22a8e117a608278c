/**
 * Right singular vectors by the algorithm of Golub and Reinsch (Numer. Math. 14, 1970), with the order of operations of
 * rulinalg 0.4.2, whose signs and digits Teaclave's results have (contract 1.12, 2.5).
 */
import { FunctionError } from '../../refusal.ts';
import { hypot } from '../linalg/hypot.ts';
import { type Bidiagonal, bidiagonal } from './bidiagonal.ts';
import { type Matrix, transpose, zeros } from './matrix.ts';
import { clearColumn, clearRow } from './zero-diagonal.ts';

export interface RightVectors {
  /** In columns, by falling singular value; as many as the smaller side of the data. */
  readonly vectors: Matrix;
  readonly values: Float64Array;
}

/** Steps for each singular value: two or three are usual. */
const MAX_STEPS = 100;
/** Steps without progress after which another way is taken. */
const STUCK = 20;
const EPSILON = 3 * Number.EPSILON;

/** Cosine and sine. */
type Rotation = readonly [number, number];
/** The first index, and the one after the last. */
type Range = readonly [number, number];
/** What is left to do: how many columns are done before it, and after it. */
type Block = readonly [number, number];

/** Cosine and sine that turn (a, b) to (r, 0). */
function rotation(a: number, b: number): Rotation {
  const r = hypot(a, b);
  return r === 0 ? [1, 0] : [a / r, -b / r];
}

/** Turns columns k and k + 1 of some rows. */
function turnColumns(m: Matrix, k: number, [from, to]: Range, [c, s]: Rotation): void {
  for (let i = from; i < to; i++) {
    const at = i * m.columns + k;
    const [x, y] = [m.data[at], m.data[at + 1]];
    m.data[at] = 0 + x * c + y * -s;
    m.data[at + 1] = 0 + x * s + y * c;
  }
}

/** Turns rows k and k + 1 of some columns. */
function turnRows(m: Matrix, k: number, [from, to]: Range, [c, s]: Rotation): void {
  for (let j = from; j < to; j++) {
    const [at, below] = [k * m.columns + j, (k + 1) * m.columns + j];
    const [x, y] = [m.data[at], m.data[below]];
    m.data[at] = 0 + c * x + -s * y;
    m.data[below] = 0 + s * x + c * y;
  }
}

/** How a shift is computed: digit for digit as Teaclave does, or accurately enough to separate nearly equal values. */
type Precision = 'teaclave' | 'accurate';

/** The eigenvalue of the last 2 x 2 block of B^T B, between p and n - q, that is closer to its last entry. */
function shift({ data, columns: n }: Matrix, [p, q]: Block, precision: Precision): number {
  const [first, second] = [n - q - 2, n - q - 1];
  const product = (i: number, j: number, from: number, to: number) => {
    let sum = 0;
    for (let r = from; r < to; r++) sum += data[r * n + i] * data[r * n + j];
    return sum;
  };
  const block = (i: number, j: number) => {
    const below = product(i, j, first, n - q);
    return first > p ? product(i, j, p, first) + below : below;
  };
  const [c00, c01, c10, c11] = [
    block(first, first),
    block(first, second),
    block(second, first),
    block(second, second),
  ];
  if (precision === 'accurate') {
    // Wilkinson's form has no difference of squares, which loses half of the digits.
    const half = (c00 - c11) / 2;
    const far = Math.abs(half) + Math.sqrt(half * half + c01 * c10);
    return far === 0 ? c11 : c11 - ((half < 0 ? -1 : 1) * c01 * c10) / far;
  }
  const trace = c00 + c11;
  const discriminant = trace * trace - 4 * (c00 * c11 - c01 * c10);
  // Rounding can make it negative where both are equal.
  const root = Math.sqrt(Math.max(0, discriminant));
  const [low, high] = [(trace - root) / 2, (trace + root) / 2];
  return Math.abs(low - c11) < Math.abs(high - c11) ? low : high;
}

/** Of B^T B less the shift, the column that the first rotation has to clear. */
function startColumn(b: Matrix, [p, q]: Block, precision: Precision): [number, number] {
  const here = b.data[p * b.columns + p];
  return [here * here - shift(b, [p, q], precision), here * b.data[p * b.columns + p + 1]];
}

/**
 * Where that makes no progress, as with equal singular values: the rotation that makes two columns orthogonal (Jacobi's),
 * for a block of two; else as if the shift was zero. Teaclave's library would never end.
 */
function fallbackColumn({ data, columns: n }: Matrix, p: number, q: number): [number, number] {
  const [a, e, d] = [data[p * n + p], data[p * n + p + 1], data[(p + 1) * n + p + 1]];
  if (n - q - p > 2) return [a * a, a * e];
  const zeta = (e * e + d * d - a * a) / (2 * a * e);
  return [1, -1 / (zeta + (zeta < 0 ? -1 : 1) * Math.sqrt(1 + zeta * zeta))];
}

/** `stuck`: how often there was no progress. In turns: some matrices get stuck with two of the three. */
function nextColumn(b: Matrix, block: Block, stuck: number): [number, number] {
  if (stuck % 3 === 1) return fallbackColumn(b, ...block);
  return startColumn(b, block, stuck % 3 === 0 ? 'teaclave' : 'accurate');
}

function step(
  { b, u, v }: Bidiagonal,
  p: number,
  q: number,
  [first, second]: readonly [number, number],
): void {
  const n = b.columns;
  const at = (i: number, j: number) => b.data[i * n + j];
  let [alpha, beta] = [first, second];
  for (let k = p; k < n - q - 1; k++) {
    const right = rotation(alpha, beta);
    const top = Math.max(0, k - 1);
    turnColumns(b, k, [top, top + Math.min(3, n - top)], right);
    turnColumns(v, k, [0, n], right);
    const left = rotation(at(k, k), at(k + 1, k));
    turnRows(b, k, [k, k + Math.min(3, n - k)], left);
    if (u) turnColumns(u, k, [0, u.rows], left);
    if (k + 2 < n - q) [alpha, beta] = [at(k, k + 1), at(k, k + 2)];
  }
}

/** Sets what is small above the diagonal to zero; returns the block that is left to do, as p and q. */
function deflate({ data, columns: n }: Matrix, tiny: number): readonly [number, number] {
  let [p, q] = [0, 0];
  let place: 'lower' | 'middle' | 'upper' = 'lower';
  for (let i = n - 2; i >= 0; i--) {
    const [here, next] = [data[i * n + i], data[(i + 1) * n + i + 1]];
    const above = Math.abs(data[i * n + i + 1]);
    const size = Math.abs(here) + Math.abs(next);
    // The second case is rounding beside zeros, which Teaclave's library never finishes.
    if (above <= EPSILON * size || (size <= tiny && above <= tiny)) {
      if (place === 'lower') q++;
      else if (place === 'middle') [place, p] = ['upper', i + 1];
      data[i * n + i + 1] = 0;
    } else if (place === 'lower') place = 'middle';
  }
  return [p, q];
}

function diagonalize(parts: Bidiagonal): void {
  const { b } = parts;
  const n = b.columns;
  const tiny = EPSILON * b.data.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  let [block, same] = ['', 0];
  for (let steps = 0; steps <= MAX_STEPS * n; steps++) {
    const [p, q] = deflate(b, tiny);
    if (q === n - 1) return;
    let cleared = false;
    for (let i = p; i < n - q - 1; i++) {
      if (Math.abs(b.data[i * n + i]) > tiny) continue;
      clearRow(parts, i, n - q);
      cleared = true;
    }
    const last = n - q - 1;
    if (!cleared && Math.abs(b.data[last * n + last]) <= tiny) {
      clearColumn(parts, p, last);
      cleared = true;
    }
    same = block === `${p} ${q}` ? same + 1 : 0;
    block = `${p} ${q}`;
    if (!cleared) step(parts, p, q, nextColumn(b, [p, q], Math.floor(same / STUCK)));
  }
  throw new FunctionError(
    'unsuitable-data',
    'Could not compute SVD: it does not converge. Take the solver "covariance".',
  );
}

/** Where no value is larger, or beside a value that is larger by that much, squares lose their digits, and nothing converges. */
const SQUARES_VANISH = 2 ** -450;
const GROWTH = 2 ** 600;

/**
 * `data`, of finite numbers, is used up. With `exact`, the digits are Teaclave's, in time of the square of the longer
 * side. Throws `FunctionError` where the algorithm does not converge.
 */
export function rightVectors(data: Matrix, exact: boolean): RightVectors {
  const size = data.data.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  for (let i = 0; i < data.data.length; i++) {
    if (Math.abs(data.data[i]) < size * SQUARES_VANISH) data.data[i] = 0;
  }
  if (size > 0 && size < SQUARES_VANISH) {
    // A power of two: it takes no digit.
    for (let i = 0; i < data.data.length; i++) data.data[i] *= GROWTH;
    const { vectors, values } = rightVectors(data, exact);
    return { vectors, values: values.map((value) => value / GROWTH) };
  }
  const wide = data.columns > data.rows;
  const parts = bidiagonal(wide ? transpose(data) : data, wide, exact);
  diagonalize(parts);
  const { b, v } = parts;
  const right = parts.u ?? v;
  const n = b.columns;
  const signed = Float64Array.from({ length: n }, (_, i) => b.data[i * n + i]);
  // A negative value turns its vector on the shorter side: on the right one of tall data only.
  const turns = !wide && data.rows > data.columns;
  const order = [...signed.keys()].sort((i, j) => Math.abs(signed[j]) - Math.abs(signed[i]));
  const vectors = zeros(right.rows, n);
  order.forEach((from, to) => {
    const sign = turns && signed[from] < 0 ? -1 : 1;
    for (let i = 0; i < right.rows; i++)
      vectors.data[i * n + to] = sign * right.data[i * right.columns + from];
  });
  return { vectors, values: Float64Array.from(order, (i) => Math.abs(signed[i])) };
}
