/** What to do where the diagonal of a bidiagonal matrix has a zero (Golub and Van Loan, Matrix Computations, 8.6.2). */
import { hypot } from '../linalg/hypot.ts';
import type { Bidiagonal } from './bidiagonal.ts';
import type { Matrix } from './matrix.ts';

/**
 * Makes the entry beside a zero on the diagonal zero as well, by turning its row against those below. Teaclave's library
 * drops that entry, and then gives wrong vectors for columns that depend on each other; here it does not differ.
 */
export function clearRow({ b, u }: Bidiagonal, i: number, end: number): void {
  const n = b.columns;
  b.data[i * n + i] = 0;
  for (let k = i + 1; k < end; k++) {
    const [f, g] = [b.data[i * n + k], b.data[k * n + k]];
    if (f === 0) return;
    const r = hypot(f, g);
    const [c, s] = [g / r, f / r];
    b.data[i * n + k] = 0;
    b.data[k * n + k] = r;
    if (k + 1 < end) {
      const next = b.data[k * n + k + 1];
      b.data[i * n + k + 1] = -s * next;
      b.data[k * n + k + 1] = c * next;
    }
    if (u) turnPair(u, i, k, [c, -s]);
  }
}

/** The same for a zero at the end of the block: its column is turned against those before. */
export function clearColumn({ b, v }: Bidiagonal, p: number, last: number): void {
  const n = b.columns;
  b.data[last * n + last] = 0;
  for (let k = last - 1; k >= p; k--) {
    const [f, g] = [b.data[k * n + last], b.data[k * n + k]];
    if (f === 0) return;
    const r = hypot(f, g);
    const [c, s] = [g / r, f / r];
    b.data[k * n + last] = 0;
    b.data[k * n + k] = r;
    if (k > p) {
      const above = b.data[(k - 1) * n + k];
      b.data[(k - 1) * n + last] = -s * above;
      b.data[(k - 1) * n + k] = c * above;
    }
    turnPair(v, k, last, [c, s]);
  }
}

/** Turns columns i and k of all rows by a cosine and a sine. */
function turnPair(
  { rows, columns, data }: Matrix,
  i: number,
  k: number,
  [c, s]: readonly [number, number],
): void {
  for (let at = 0; at < rows * columns; at += columns) {
    const [x, y] = [data[at + i], data[at + k]];
    data[at + i] = c * x + s * y;
    data[at + k] = -s * x + c * y;
  }
}
