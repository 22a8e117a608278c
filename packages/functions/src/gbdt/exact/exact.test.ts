import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Settings, Tree } from '../../kernels/gbdt/tree.ts';
import type { Singles, Table } from '../../kernels/table.ts';
import { runs } from '../../testing/runs.ts';
import { trainExact } from './train.ts';

const { fround } = Math;

interface Shape {
  readonly columns: number[][];
  readonly labels: number[];
  readonly settings: Settings;
}

/** The contract's rule, on a copy that is sorted. */
function median(values: number[], pairedFrom: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const i = sorted.findIndex((_, at) => (at + 1) * 2 > sorted.length);
  return i >= pairedFrom
    ? fround(fround((sorted[i] as number) + (sorted[i - 1] as number)) / 2)
    : (sorted[i] as number);
}

const mean = (values: number[]) =>
  fround(values.reduce((sum, value) => fround(sum + value), 0) / values.length);

function impurity(values: number[]): number {
  const sum = values.reduce((a, b) => a + b, 0);
  const squares = values.reduce((a, b) => a + b * b, 0);
  return values.length > 1 ? Math.max(0, squares - (sum * sum) / values.length) : 0;
}

/** The contract's steps (1.4) as they are written there, without any care for speed. */
function naive({ columns, labels, settings }: Shape) {
  const absolute = settings.loss === 'LAD';
  const bias = absolute ? median(labels, 2) : mean(labels);
  const predictions = labels.map(() => bias);
  const trees: Tree[] = [];
  for (let i = 0; i < settings.iterations; i++) {
    const residuals = labels.map((label, row) => fround(label - (predictions[row] as number)));
    const targets = residuals.map((residual) => (absolute ? (residual >= 0 ? 1 : -1) : residual));
    const nodes: Tree[number][] = [];
    const of = (list: number[], rows: number[]) => rows.map((row) => list[row] as number);
    const grow = (rows: number[], depth: number): number => {
      const pred = absolute ? median(of(residuals, rows), 1) : mean(of(targets, rows));
      const node = { feature: 0, threshold: 0, pred, missing: 0 as const, leaf: true, left: 0, right: 0 };
      const index = nodes.push(node) - 1;
      const own = of(targets, rows);
      const same = own.every((target) => Math.abs(fround(target - (own[0] as number))) < 1e-5);
      let best = Number.POSITIVE_INFINITY;
      if (depth < settings.maxDepth && rows.length > settings.minLeafSize && !same) {
        for (const [feature, column] of columns.entries()) {
          const sorted = rows.toSorted((a, b) => (column[a] as number) - (column[b] as number));
          for (let cut = 1; cut < sorted.length; cut++) {
            const [low, high] = of(column, sorted.slice(cut - 1, cut + 1)) as [number, number];
            if (high - low < 1e-5) continue;
            const score =
              impurity(of(targets, sorted.slice(0, cut))) + impurity(of(targets, sorted.slice(cut)));
            if (score >= best) continue;
            best = score;
            Object.assign(node, { leaf: false, feature, threshold: fround(fround(low + high) / 2) });
          }
        }
      }
      if (node.leaf)
        for (const row of rows)
          predictions[row] = fround((predictions[row] as number) + fround(pred * settings.shrinkage));
      else {
        const goesLeft = (row: number) => (columns[node.feature]?.[row] as number) < node.threshold;
        node.left = grow(rows.filter(goesLeft), depth + 1);
        node.right = grow(
          rows.filter((row) => !goesLeft(row)),
          depth + 1,
        );
      }
      return index;
    };
    grow(
      labels.map((_, row) => row),
      0,
    );
    trees.push(nodes);
  }
  return { bias, trees };
}

const table = ({ columns, labels }: Shape): Table<Singles> => ({
  rows: labels.length,
  features: columns.length,
  values: Float32Array.from(columns.flat()),
  stride: labels.length,
  labels: Float32Array.from(labels),
  names: undefined,
});

const shape = fc
  .record({
    // The mean of so many short fractions is one, too.
    rows: fc.constantFrom(2, 4, 8, 16, 32),
    features: fc.integer({ min: 1, max: 4 }),
    maxDepth: fc.integer({ min: 0, max: 5 }),
    iterations: fc.integer({ min: 1, max: 4 }),
    minLeafSize: fc.integer({ min: 0, max: 4 }),
    shrinkage: fc.constantFrom(1, 0.5, fround(0.1)),
    loss: fc.constantFrom('LAD' as const, 'SquaredError' as const),
  })
  .chain(({ rows, features, ...rest }) => {
    // Sums of such numbers are exact, so that the order in which they are added up cannot matter.
    const value = fc.integer({ min: -8, max: 8 }).map((n) => n / 4);
    const column = fc.array(value, { minLength: rows, maxLength: rows });
    return fc.record({
      columns: fc.array(column, { minLength: features, maxLength: features }),
      labels: column,
      settings: fc.constant({
        ...rest,
        features,
        featureSampleRatio: 1,
        dataSampleRatio: 1,
        optimizationLevel: 2,
      }),
    });
  });

describe('the exact algorithm', () => {
  it('does what the contract says, step by step', () => {
    fc.assert(
      fc.property(shape, (given) => {
        const importance = { splits: new Float64Array(9), gain: new Float64Array(9) };
        const { bias, trees } = trainExact(table(given), given.settings, 0, importance);
        const wanted = naive(given);
        expect(bias).toBe(wanted.bias);
        // After the first tree the targets are no short fractions any more.
        const exact = given.settings.loss === 'LAD' ? trees.length : 1;
        expect(trees.slice(0, exact)).toEqual(wanted.trees.slice(0, exact));
        const splits = trees.flat().filter(({ leaf }) => !leaf).length;
        expect(importance.splits.reduce((sum, count) => sum + count)).toBe(splits);
      }),
      { numRuns: runs(500) },
    );
  });
});
