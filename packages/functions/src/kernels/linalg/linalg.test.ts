import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Gram } from './gram.ts';
import { SEGMENT } from './gram-kernels.ts';
import { hypot } from './hypot.ts';
import { Projection } from './project.ts';
import { symmetricEigen } from './symmetric.ts';

const finite = fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e3, max: 1e3 });
const table = fc
  .tuple(fc.integer({ min: 1, max: 13 }), fc.integer({ min: 1, max: 3 * SEGMENT }))
  .chain(([columns, rows]) =>
    fc.record({
      columns: fc.constant(columns),
      rows: fc.constant(rows),
      values: fc
        .array(finite, { minLength: rows * columns, maxLength: rows * columns })
        .map((v) => Float64Array.from(v)),
      origin: fc.array(finite, { minLength: columns, maxLength: columns }).map((v) => Float64Array.from(v)),
    }),
  );

/** Row r, column c, less the origin. */
const at = (t: { values: Float64Array; columns: number; origin: Float64Array }, r: number, c: number) =>
  (t.values[r * t.columns + c] as number) - (t.origin[c] as number);

/** Bytes of rows that are worked on at once. */
const blocks = fc.integer({ min: 1, max: 50_000 });

describe('the SIMD kernel', () => {
  /** Each segment's terms are summed from its first row to its last, then the segments' sums. */
  const sumOf = (rows: number, term: (row: number) => number): number => {
    let total = 0;
    for (let from = 0; from < rows; from += SEGMENT) {
      let sum = 0;
      for (let r = from; r < Math.min(rows, from + SEGMENT); r++) sum += term(r);
      total += sum;
    }
    return total;
  };

  it('gives X^T X as the plain sums of segments do, to the last bit, in blocks of any size', () => {
    fc.assert(
      fc.property(table, blocks, (t, block) => {
        const gram = new Gram(t.columns, t.origin, block);
        gram.add(t.values, t.rows);
        const { products: found, sums } = gram.finish();
        for (let i = 0; i < t.columns; i++) {
          expect(sums[i]).toBe(sumOf(t.rows, (r) => at(t, r, i)));
          for (let j = 0; j < t.columns; j++)
            expect(found[i * t.columns + j]).toBe(sumOf(t.rows, (r) => at(t, r, i) * at(t, r, j)));
        }
      }),
    );
  });

  it('takes many rows in any portions', () => {
    const [rows, columns] = [5000, 7];
    const values = Float64Array.from({ length: rows * columns }, (_, i) => Math.sin(i * i));
    const origin = new Float64Array(columns);
    const whole = new Gram(columns, origin);
    whole.add(values, rows);
    const parts = new Gram(columns, origin);
    for (let row = 0, some = 1; row < rows; row += some, some = (some * 5) % 97) {
      const end = Math.min(rows, row + some);
      parts.add(values.subarray(row * columns, end * columns), end - row);
    }
    const [expected, found] = [whole.finish(), parts.finish()];
    expect(found).toEqual(expected);
    let sum = 0;
    for (let row = 0; row < rows; row++)
      sum += (values[row * columns] as number) * (values[row * columns + 6] as number);
    expect(Math.abs((found.products[6] as number) - sum)).toBeLessThan(1e-9);
  });

  it('projects rows as the plain sums do, to the last bit, in blocks of any size', () => {
    fc.assert(
      fc.property(table, fc.integer({ min: 1, max: 23 }), fc.nat(40), blocks, (t, count, more, block) => {
        // There may be more vectors than are wanted.
        const vectors = Float64Array.from({ length: (count + more) * t.columns }, (_, i) => Math.cos(i * 7));
        const found = new Float64Array(t.rows * count);
        new Projection(t.columns, count, { origin: t.origin, block })
          .set(vectors)
          .apply(t.values, t.rows, found);
        for (let r = 0; r < t.rows; r++) {
          for (let k = 0; k < count; k++) {
            let sum = 0;
            for (let c = 0; c < t.columns; c++) sum += at(t, r, c) * (vectors[k * t.columns + c] as number);
            expect(found[r * count + k]).toBe(sum);
          }
        }
      }),
    );
  });
});

describe('eigenvectors of a symmetric matrix', () => {
  const symmetric = fc.integer({ min: 1, max: 12 }).chain((n) =>
    fc
      .array(fc.oneof(finite, fc.constantFrom(0, 1)), { minLength: n * n, maxLength: n * n })
      .map((values) => {
        const matrix = Float64Array.from(values);
        for (let i = 0; i < n; i++)
          for (let j = 0; j < i; j++) matrix[j * n + i] = matrix[i * n + j] as number;
        return { n, matrix };
      }),
  );

  it('are right, orthogonal and in order', () => {
    fc.assert(
      fc.property(symmetric, ({ n, matrix }) => {
        const { values, vectors } = symmetricEigen(matrix.slice(), n);
        const size = matrix.reduce((most, one) => Math.max(most, Math.abs(one)), 1e-300);
        const dot = (a: Float64Array, b: Float64Array) =>
          a.reduce((sum, one, i) => sum + one * (b[i] as number), 0);
        const vector = (k: number) => vectors.subarray(k * n, (k + 1) * n);
        for (let k = 0; k < n; k++) {
          if (k > 0) expect(values[k]).toBeLessThanOrEqual(values[k - 1] as number);
          const residuals: number[] = [];
          for (let i = 0; i < n; i++) {
            const residual =
              dot(matrix.subarray(i * n, (i + 1) * n), vector(k)) -
              (values[k] as number) * (vector(k)[i] as number);
            residuals.push(Math.abs(residual));
          }
          expect(Math.max(...residuals)).toBeLessThan(1e-12 * size * n);
          const skews = Array.from({ length: k + 1 }, (_, l) =>
            Math.abs(dot(vector(k), vector(l)) - (k === l ? 1 : 0)),
          );
          expect(Math.max(...skews)).toBeLessThan(1e-12);
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe('hypot', () => {
  /** Both squares and the middle between neighbours, in integers of 2^-2200. */
  const exact = (value: number): bigint => {
    const bits = new BigUint64Array(Float64Array.of(value).buffer)[0] as bigint;
    const exponent = (bits >> 52n) & 0x7ffn;
    const digits = bits & 0xfffffffffffffn;
    return exponent === 0n ? digits << 1n : (digits | (1n << 52n)) << exponent;
  };
  const neighbour = (value: number, step: bigint) => {
    const bits = new BigUint64Array(Float64Array.of(value).buffer);
    bits[0] = (bits[0] as bigint) + step;
    return new Float64Array(bits.buffer)[0] as number;
  };

  it.each([
    [3, 4, 5],
    [-3, 4, 5],
    [0, -0, 0],
    [0, -2, 2],
    [5e-324, 5e-324, 5e-324],
    [1e308, 1e308, Math.SQRT2 * 1e308],
    [Number.MAX_VALUE, Number.MAX_VALUE, Number.POSITIVE_INFINITY],
    [Number.MAX_VALUE, 1, Number.MAX_VALUE],
    [1, 1e-300, 1],
    [Number.NEGATIVE_INFINITY, Number.NaN, Number.POSITIVE_INFINITY],
    [1, Number.NaN, Number.NaN],
  ])('of %d and %d is %d', (a, b, expected) => {
    expect(hypot(a, b)).toBe(expected);
    expect(hypot(b, a)).toBe(expected);
  });

  it('is correctly rounded for any two numbers', () => {
    const some = fc.oneof(
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.double({ min: 0.5, max: 4, noNaN: true }),
    );
    fc.assert(
      fc.property(some, some, (a, b) => {
        const found = hypot(a, b);
        if (!Number.isFinite(found) || found === 0) return;
        const square = 4n * (exact(Math.abs(a)) ** 2n + exact(Math.abs(b)) ** 2n);
        const middle = (other: number) => (exact(found) + exact(other)) ** 2n;
        if (found < Number.MAX_VALUE) expect(square <= middle(neighbour(found, 1n))).toBe(true);
        expect(square >= middle(neighbour(found, -1n))).toBe(true);
      }),
      { numRuns: 3000 },
    );
  });
});
