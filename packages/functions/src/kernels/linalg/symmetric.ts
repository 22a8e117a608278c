/**
 * Eigenvalues and vectors of a symmetric matrix: Householder's reduction to three diagonals, then QL with implicit
 * shifts (Martin, Reinsch, Wilkinson 1968; `tred2` and `tql2` of EISPACK).
 */
export interface Eigen {
  /** Falling. */
  readonly values: Float64Array;
  /** Vector k is `vectors[k * n .. (k + 1) * n]`, of length 1. */
  readonly vectors: Float64Array;
}

const MAX_STEPS = 60;
/** Far below all rounding beside 1; squares of what is above do not vanish. */
const NOTHING = 1e-100;

/** Rows of `z` become the vectors of the reduction; returns the diagonal and what stands beside it (from index 1). */
function reduce(z: Float64Array, n: number): { diagonal: Float64Array; beside: Float64Array } {
  const [diagonal, beside] = [new Float64Array(n), new Float64Array(n)];
  const at = (i: number, j: number) => z[i * n + j];
  for (let i = n - 1; i > 0; i--) {
    const row = z.subarray(i * n, i * n + i);
    const scale = row.reduce((sum, value) => sum + Math.abs(value), 0);
    if (i === 1 || scale === 0) {
      beside[i] = at(i, i - 1);
      diagonal[i] = 0;
      continue;
    }
    let h = 0;
    for (let k = 0; k < i; k++) {
      row[k] = row[k] / scale;
      h += row[k] ** 2;
    }
    const f = row[i - 1];
    const g = f > 0 ? -Math.sqrt(h) : Math.sqrt(h);
    beside[i] = scale * g;
    h -= f * g;
    row[i - 1] = f - g;
    diagonal[i] = h;
    // A u / h, from the lower triangle by rows.
    const p = beside.subarray(0, i).fill(0);
    for (let j = 0; j < i; j++) {
      const u = row[j];
      let sum = 0;
      for (let k = 0; k < j; k++) {
        sum += at(j, k) * row[k];
        p[k] += at(j, k) * u;
      }
      p[j] += sum + at(j, j) * u;
    }
    let uAu = 0;
    for (let j = 0; j < i; j++) {
      p[j] = p[j] / h;
      uAu += p[j] * row[j];
    }
    const half = uAu / (h + h);
    for (let j = 0; j < i; j++) {
      const u = row[j];
      const q = p[j] - half * u;
      p[j] = q;
      for (let k = 0; k <= j; k++) z[j * n + k] = at(j, k) - u * p[k] - q * row[k];
    }
  }
  accumulate(z, n, diagonal);
  return { diagonal, beside };
}

/** The product of the reflections whose vectors are the rows of `z`, by rows; the diagonal is taken out of it. */
function accumulate(z: Float64Array, n: number, diagonal: Float64Array): void {
  const sums = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    const h = diagonal[i];
    if (h !== 0) {
      sums.fill(0, 0, i);
      for (let k = 0; k < i; k++) {
        const u = z[i * n + k];
        for (let j = 0; j < i; j++) sums[j] += u * z[k * n + j];
      }
      for (let k = 0; k < i; k++) {
        const u = z[i * n + k] / h;
        for (let j = 0; j < i; j++) z[k * n + j] -= u * sums[j];
      }
    }
    diagonal[i] = z[i * n + i];
    z[i * n + i] = 1;
    for (let j = 0; j < i; j++) z[i * n + j] = z[j * n + i] = 0;
  }
}

/** Turns rows `i` and `i + 1` by a cosine and a sine. */
function turn(rows: Float64Array, n: number, i: number, [c, s]: readonly [number, number]): void {
  for (let k = i * n, below = k + n, end = below; k < end; k++) {
    const [x, y] = [rows[k], rows[below + k - i * n]];
    rows[below + k - i * n] = s * x + c * y;
    rows[k] = c * x - s * y;
  }
}

/** Throws `Error` where it does not converge, which finite numbers do. */
function diagonalize(d: Float64Array, beside: Float64Array, rows: Float64Array, n: number): void {
  const e = new Float64Array(n);
  e.set(beside.subarray(1));
  for (let l = 0; l < n; l++) {
    for (let steps = 0; ; steps++) {
      let m = l;
      for (; m < n - 1; m++) {
        const size = Math.abs(d[m]) + Math.abs(d[m + 1]);
        if (Math.abs(e[m]) <= Number.EPSILON * size) break;
      }
      if (m === l) break;
      if (steps === MAX_STEPS) throw new Error('the eigenvalues do not converge');
      let g = (d[l + 1] - d[l]) / (2 * e[l]);
      let r = Math.hypot(g, 1);
      g = d[m] - d[l] + e[l] / (g + (g < 0 ? -r : r));
      let [s, c, p] = [1, 1, 0];
      let i = m - 1;
      for (; i >= l; i--) {
        const f = s * e[i];
        const b = c * e[i];
        r = Math.hypot(f, g);
        e[i + 1] = r;
        if (r === 0) {
          d[i + 1] -= p;
          e[m] = 0;
          break;
        }
        s = f / r;
        c = g / r;
        g = d[i + 1] - p;
        r = (d[i] - g) * s + 2 * c * b;
        p = s * r;
        d[i + 1] = g + p;
        g = c * r - b;
        turn(rows, n, i, [c, s]);
      }
      if (r === 0 && i >= l) continue;
      d[l] -= p;
      e[l] = g;
      e[m] = 0;
    }
  }
}

/** `matrix` has `n * n` finite numbers, symmetric; it is used up. */
export function symmetricEigen(matrix: Float64Array, n: number): Eigen {
  const size = matrix.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  for (let i = 0; i < matrix.length && size > 0; i++) {
    const scaled = matrix[i] / size;
    matrix[i] = Math.abs(scaled) < NOTHING ? 0 : scaled;
  }
  const { diagonal, beside } = reduce(matrix, n);
  // QL turns columns; by rows they are neighbours in memory.
  const rows = new Float64Array(n * n);
  for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) rows[j * n + i] = matrix[i * n + j];
  diagonalize(diagonal, beside, rows, n);
  const order = [...diagonal.keys()].sort((i, j) => diagonal[j] - diagonal[i]);
  const vectors = new Float64Array(n * n);
  order.forEach((from, to) => {
    vectors.set(rows.subarray(from * n, (from + 1) * n), to * n);
  });
  return { values: Float64Array.from(order, (i) => diagonal[i] * size), vectors };
}
