/**
 * Reflections I - s v v^T. Teaclave's library forms each as a matrix and multiplies by it, in time and memory of the
 * square of the rows. `exact` gives the very same sums without the memory; otherwise the sums are put together the
 * usual way, in time proportional to the rows: the same but for rounding (and so, in the end, for signs).
 */
import { dot, type Matrix, PORTION } from './matrix.ts';

export interface Reflection {
  readonly v: Float64Array;
  /** 2 / |v|^2. */
  readonly s: number;
  /** Whether its sums are put together as Teaclave's library does it. */
  readonly exact: boolean;
}

/** The reflection that leaves only the first entry of `x`; none at all where `x` is zero, for which Teaclave fails. */
export function reflection(x: Float64Array, exact: boolean): Reflection {
  const first = x[0];
  const sign = first < 0 || Object.is(first, -0) ? -1 : 1;
  const divisor = first + sign * Math.sqrt(dot(x, x));
  if (divisor === 0) return { v: new Float64Array(x.length), s: 0, exact };
  const v = x.map((value) => value / divisor);
  v[0] = 1;
  return { v, s: 2 / dot(v, v), exact };
}

/** Entry i, k of the matrix of a reflection. */
const entry = (v: Float64Array, s: number, i: number, k: number) => (i === k ? 1 : 0) - v[i] * v[k] * s;

/** `a[row.., column..]` becomes the reflection times itself. */
export function reflectRows(a: Matrix, { v, s, exact }: Reflection, row: number, column: number): void {
  const { columns, data } = a;
  const size = v.length;
  const kept = new Float64Array(size);
  for (let j = column; j < columns; j++) {
    for (let k = 0; k < size; k++) kept[k] = data[(row + k) * columns + j];
    if (!exact) {
      const factor = s * dot(v, kept);
      for (let i = 0; i < size; i++) data[(row + i) * columns + j] = kept[i] - factor * v[i];
      continue;
    }
    for (let i = 0; i < size; i++) {
      let total = 0;
      for (let from = 0; from < size; from += PORTION) {
        const to = Math.min(size, from + PORTION);
        let sum = 0;
        for (let k = from; k < to; k++) sum += entry(v, s, i, k) * kept[k];
        total = from === 0 ? sum : total + sum;
      }
      data[(row + i) * columns + j] = total;
    }
  }
}

/** `a[row.., column..]` becomes itself times the reflection. */
export function reflectColumns(a: Matrix, { v, s, exact }: Reflection, row: number, column: number): void {
  const { rows, columns, data } = a;
  const size = v.length;
  for (let i = row; i < rows; i++) {
    const base = i * columns + column;
    const kept = data.slice(base, base + size);
    if (!exact) {
      const factor = s * dot(v, kept);
      for (let j = 0; j < size; j++) data[base + j] = kept[j] - factor * v[j];
      continue;
    }
    for (let j = 0; j < size; j++) {
      let total = 0;
      for (let from = 0; from < size; from += PORTION) {
        const to = Math.min(size, from + PORTION);
        let sum = 0;
        for (let k = from; k < to; k++) sum += kept[k] * entry(v, s, k, j);
        total = from === 0 ? sum : total + sum;
      }
      data[base + j] = total;
    }
  }
}
