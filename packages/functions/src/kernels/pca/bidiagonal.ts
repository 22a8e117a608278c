/** Data as U B V^T, where B has entries on its diagonal and beside it only, by reflections from both sides. */
import { reflectColumns, reflection, reflectRows } from './householder.ts';
import { identity, type Matrix, zeros } from './matrix.ts';

export interface Bidiagonal {
  /** Square. */
  readonly b: Matrix;
  /** The left vectors, only where asked for. */
  readonly u: Matrix | undefined;
  readonly v: Matrix;
}

/** `a`, with at least as many rows as columns, is used up. */
export function bidiagonal(a: Matrix, left: boolean, exact: boolean): Bidiagonal {
  const { rows, columns, data } = a;
  const u = left ? identity(rows) : undefined;
  const v = identity(columns);
  for (let k = 0; k < columns; k++) {
    const column = Float64Array.from({ length: rows - k }, (_, i) => data[(k + i) * columns + k]);
    const down = reflection(column, exact);
    reflectRows(a, down, k, k);
    if (u) reflectColumns(u, down, 0, k);
    if (k >= columns - 2) continue;
    const across = reflection(data.slice(k * columns + k + 1, (k + 1) * columns), exact);
    reflectColumns(a, across, k, k + 1);
    reflectColumns(v, across, 0, k + 1);
  }
  return {
    b: { rows: columns, columns, data: data.slice(0, columns * columns) },
    u: u && firstColumns(u, columns),
    v,
  };
}

function firstColumns(a: Matrix, count: number): Matrix {
  const kept = zeros(a.rows, count);
  for (let i = 0; i < a.rows; i++)
    kept.data.set(a.data.subarray(i * a.columns, i * a.columns + count), i * count);
  return kept;
}
