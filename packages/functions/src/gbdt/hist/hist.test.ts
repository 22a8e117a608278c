import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chooseCuts } from '../../kernels/gbdt/hist/bins.ts';
import { makeStore } from '../../kernels/gbdt/hist/store.ts';
import { isMissing, type Node, type Settings } from '../../kernels/gbdt/tree.ts';
import type { Singles, Table } from '../../kernels/table.ts';
import { FunctionError } from '../../refusal.ts';
import { runs } from '../../testing/runs.ts';
import { trainHistogram } from './train.ts';

const settings = (features: number, maxDepth: number): Settings => ({
  features,
  maxDepth,
  iterations: 1,
  shrinkage: 1,
  featureSampleRatio: 1,
  dataSampleRatio: 1,
  minLeafSize: 1,
  loss: 'SquaredError',
  optimizationLevel: 2,
});

const tableOf = (columns: number[][], labels: number[]): Table<Singles> => ({
  rows: labels.length,
  features: columns.length,
  values: Float32Array.from(columns.flat()),
  stride: labels.length,
  labels: Float32Array.from(labels),
  names: undefined,
});

interface Rules {
  readonly l2: number;
  readonly minChildWeight: number;
}

/** The best gain of a cut of these rows, tried one by one over the values themselves, missing ones on either side. */
function bestGain(
  rows: number[],
  columns: number[][],
  gradients: number[],
  { l2, minChildWeight }: Rules,
): number {
  const part = (list: number[]) => {
    const sum = list.reduce((total, row) => total + (gradients[row] as number), 0);
    return (sum * sum) / (list.length + l2);
  };
  let best = 0;
  for (const column of columns) {
    const values = rows.map((row) => column[row] as number);
    for (const threshold of new Set([...values, Number.POSITIVE_INFINITY])) {
      for (const missingLeft of [false, true]) {
        const goesLeft = (row: number) =>
          Number.isNaN(column[row]) ? missingLeft : (column[row] as number) < threshold;
        const left = rows.filter(goesLeft);
        const right = rows.filter((row) => !goesLeft(row));
        if (left.length === 0 || right.length === 0) continue;
        if (Math.min(left.length, right.length) < minChildWeight) continue;
        best = Math.max(best, part(left) + part(right) - part(rows));
      }
    }
  }
  return best;
}

const shape = fc
  .record({
    rows: fc.integer({ min: 1, max: 60 }),
    features: fc.integer({ min: 1, max: 35 }),
    maxDepth: fc.integer({ min: 0, max: 5 }),
    l2: fc.constantFrom(0, 1, 2.5),
    minChildWeight: fc.constantFrom(0, 1, 3),
  })
  .chain(({ rows, features, ...rest }) => {
    const number = fc.integer({ min: -9, max: 9 });
    const value = fc.oneof(
      { weight: 4, arbitrary: number },
      { weight: 1, arbitrary: fc.constant(Number.NaN) },
    );
    const length = { minLength: rows, maxLength: rows };
    const column = fc.oneof(fc.array(number, length), fc.array(value, length));
    return fc.record({
      columns: fc.array(column, { minLength: features, maxLength: features }),
      labels: fc.array(number, length),
      rest: fc.constant(rest),
    });
  });

describe('histogram training', () => {
  it('makes every cut one of the best, and every leaf the best constant', () => {
    fc.assert(
      fc.property(shape, ({ columns, labels, rest }) => {
        const importance = { splits: new Float64Array(35), gain: new Float64Array(35) };
        const options = { ...rest, maxBins: 256, seed: 0 };
        const { trees, bias } = trainHistogram(
          tableOf(columns, labels),
          settings(columns.length, rest.maxDepth),
          options,
          importance,
        );
        const gradients = labels.map((label) => Math.fround(bias - label));
        let gains = 0;
        const visit = (index: number, rows: number[], depth: number): void => {
          const node = trees[0]?.[index] as Node;
          const sum = rows.reduce((total, row) => total + (gradients[row] as number), 0);
          expect(node.pred).toBeCloseTo(-sum / (rows.length + rest.l2), 5);
          const best = bestGain(rows, columns, gradients, rest);
          if (node.leaf) {
            if (depth < rest.maxDepth && rows.length > 1) expect(best).toBeLessThan(1e-4);
            return;
          }
          const goesLeft = (row: number) => {
            const value = columns[node.feature]?.[row] as number;
            return Number.isNaN(value) ? node.missing < 0 : value < node.threshold;
          };
          const left = rows.filter(goesLeft);
          const right = rows.filter((row) => !goesLeft(row));
          const part = (list: number[]) =>
            list.reduce((total, row) => total + (gradients[row] as number), 0) ** 2 / (list.length + rest.l2);
          const gain = part(left) + part(right) - part(rows);
          expect(gain).toBeCloseTo(best, 4);
          gains += gain;
          visit(node.left, left, depth + 1);
          visit(node.right, right, depth + 1);
        };
        visit(
          0,
          labels.map((_, row) => row),
          0,
        );
        expect(importance.gain.reduce((total, gain) => total + gain)).toBeCloseTo(gains, 3);
      }),
      { numRuns: runs(150) },
    );
  });

  it('refuses what no memory of 32 bits holds, before anything is allocated', () => {
    const huge = { ...tableOf([[1]], [1]), rows: 2 ** 30, features: 28 };
    expect(() => makeStore(huge, 256, 6)).toThrow(FunctionError);
    expect(() => makeStore(huge, 256, 6)).toThrow(/1073741824 rows need \d+ MiB/);
  });
});

describe('bins', () => {
  const float = fc.oneof(
    fc.integer({ min: -20, max: 20 }),
    fc.float({ noNaN: true, noDefaultInfinity: true }),
    fc.constant(Number.NaN),
  );
  it('are as many as asked for at most, and tell values apart as the thresholds do', () => {
    fc.assert(
      fc.property(
        fc.array(float, { minLength: 1, maxLength: 300 }),
        fc.integer({ min: 2, max: 256 }),
        (list, bins) => {
          const column = Float32Array.from(list);
          const cuts = chooseCuts(column, bins);
          const whole = !column.some(isMissing);
          // One more tells missing values from all others, and their bin is the last.
          expect(cuts.length).toBeLessThan(whole ? bins : Math.min(bins + 1, 255));
          expect(cuts.every((cut, i) => i === 0 || cut > (cuts[i - 1] as number))).toBe(true);
          const { bins: into } = makeStore(tableOf([list, list, list], list), bins, 1);
          const reached = Array.from(column, (value) =>
            isMissing(value) ? 255 : cuts.filter((cut) => value >= cut).length,
          );
          expect([...into.subarray(0, 3 * list.length)]).toEqual(reached.flatMap((bin) => [bin, bin, bin]));
          const distinct = new Set(column.map((value) => value + 0)).size;
          if (whole && distinct <= bins) expect(cuts.length).toBe(distinct - 1);
        },
      ),
      { numRuns: runs(400) },
    );
  });

  it('are filled evenly', () => {
    const column = Float32Array.from({ length: 10_000 }, (_, i) => ((i * 7919) % 10_000) ** 2);
    const counts = new Map<number, number>();
    for (const bin of makeStore(tableOf([[...column]], [...column]), 50, 1).bins)
      counts.set(bin, (counts.get(bin) ?? 0) + 1);
    expect([counts.size, Math.min(...counts.values()), Math.max(...counts.values())]).toEqual([50, 200, 200]);
  });
});
