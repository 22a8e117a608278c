import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decompose, fillHessian, solve } from './curvature.ts';
import { Passes } from './passes.ts';

const part = fc.double({ min: -5, max: 5, noNaN: true });
const problem = fc
  .record({
    features: fc.integer({ min: 0, max: 45 }),
    rows: fc.integer({ min: 1, max: 60 }),
    step: fc.integer({ min: 1, max: 4 }),
  })
  .chain(({ features, rows, step }) =>
    fc.record({
      features: fc.constant(features),
      rows: fc.constant(rows),
      step: fc.constant(step),
      values: fc.array(part, { minLength: rows * features, maxLength: rows * features }),
      labels: fc.array(fc.constantFrom(0, 1), { minLength: rows, maxLength: rows }),
      weights: fc.array(part, { minLength: features + 1, maxLength: features + 1 }),
    }),
  );

/** Rows with a 1 before them, and their margins. */
function expand(values: number[], rows: number, features: number, step: number, weights: number[]) {
  return Array.from({ length: Math.ceil(rows / step) }, (_, i) => {
    const x = [1, ...values.slice(i * step * features, (i * step + 1) * features)];
    return { row: i * step, x, margin: x.reduce((sum, value, c) => sum + value * (weights[c] as number), 0) };
  });
}

describe('passes over rows', () => {
  it('give loss, gradient and Hessian as they are defined', () => {
    fc.assert(
      fc.property(problem, ({ features, rows, step, values, labels, weights }) => {
        const size = features + 1;
        const data = { values: Float64Array.from(values), labels: Float64Array.from(labels), rows, features };
        const gradient = new Float64Array(size);
        const loss = new Passes(data).lossAndGradient(Float64Array.from(weights), gradient, step);
        const hessian = new Float64Array(size * size);
        fillHessian(data, Float64Array.from(weights), hessian, step);
        let wantedLoss = 0;
        const wanted = new Float64Array(size);
        const curvature = new Float64Array(size * size);
        for (const { row, x, margin } of expand(values, rows, features, step, weights)) {
          const label = labels[row] as number;
          const probability = 1 / (1 + Math.exp(-margin));
          wantedLoss += Math.log1p(Math.exp(-Math.abs(margin))) + Math.max(margin, 0) - label * margin;
          for (const [i, a] of x.entries()) {
            wanted[i] = (wanted[i] as number) + (probability - label) * a;
            for (const [j, b] of x.entries()) {
              const weight = probability / (1 + Math.exp(margin));
              curvature[i * size + j] = (curvature[i * size + j] as number) + weight * a * b;
            }
          }
        }
        expect(Math.abs(loss - wantedLoss)).toBeLessThan(1e-9 * (1 + wantedLoss));
        // Written down and compared at once: `expect` takes longer than the passes.
        const far: string[] = [];
        const near = (got = Number.NaN, right = Number.NaN) => Math.abs(got - right) < 1e-9;
        for (let i = 0; i < size; i++) {
          if (!near(gradient[i], wanted[i])) far.push(`gradient ${i}`);
          for (let j = 0; j <= i; j++) {
            const cell = i * size + j;
            if (!near(hessian[cell], curvature[cell])) far.push(`Hessian ${i}, ${j}`);
          }
        }
        expect(far).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  it('take many rows of few features, and margins without bounds', () => {
    const rows = 5001;
    const values = Float64Array.from({ length: rows }, (_, i) => (i % 2 === 0 ? 1e5 : -1e5));
    const labels = Float64Array.from({ length: rows }, (_, i) => (i % 4 < 2 ? 1 : 0));
    const gradient = new Float64Array(2);
    const loss = new Passes({ values, labels, rows, features: 1 }).lossAndGradient(
      Float64Array.of(0, 1),
      gradient,
      1,
    );
    // Rows 1 and 2 of every four are wrong by 1e5; the last row is right.
    expect(loss).toBeCloseTo(2500 * 1e5, 3);
    expect([...gradient]).toEqual([0, 2500 * 1e5]);
    const none = new Passes({ values, labels, rows, features: 1 }).lossAndGradient(
      Float64Array.of(0, 0),
      gradient,
      1,
    );
    expect(none).toBeCloseTo(rows * Math.LN2, 8);
  });
});

describe("Cholesky's decomposition", () => {
  it('solves, or says that there is nothing to solve', () => {
    const matrix = Float64Array.of(4, 0, 0, 2, 5, 0, 1, 3, 6);
    const vector = Float64Array.of(4 + 4 + 3, 2 + 10 + 9, 1 + 6 + 18);
    expect(decompose(matrix, 3)).toBe(true);
    solve(matrix, vector);
    for (const [i, value] of [1, 2, 3].entries()) expect(vector[i]).toBeCloseTo(value, 12);
    expect(decompose(Float64Array.of(1, 0, 2, 4), 2)).toBe(false);
    expect(decompose(Float64Array.of(0), 1)).toBe(false);
    expect(decompose(Float64Array.of(Number.NaN), 1)).toBe(false);
  });
});
