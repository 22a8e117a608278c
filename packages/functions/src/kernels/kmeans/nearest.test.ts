import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NearestCenters } from './nearest.ts';
import { squaredLengths } from './points.ts';

/** Few different numbers, so that many distances are equal. */
const number = fc.oneof(fc.integer({ min: -2, max: 2 }), fc.double({ min: -1e3, max: 1e3, noNaN: true }));
const numbers = (length: number) =>
  fc.array(number, { minLength: length, maxLength: length }).map((list) => Float64Array.from(list));
const cases = fc
  .record({
    columns: fc.integer({ min: 1, max: 7 }),
    rows: fc.integer({ min: 1, max: 40 }),
    count: fc.integer({ min: 1, max: 26 }),
  })
  .chain((size) =>
    fc.record({
      columns: fc.constant(size.columns),
      rows: fc.constant(size.rows),
      count: fc.constant(size.count),
      values: numbers(size.columns * size.rows),
      centers: numbers(size.columns * size.count),
      /** Bytes of rows at once. */
      block: fc.integer({ min: 1, max: 2000 }),
    }),
  );

type Case = typeof cases extends fc.Arbitrary<infer T> ? T : never;

/** Sums from the first column to the last, each product rounded. */
function plain({ columns, rows, values, centers }: Case): number[] {
  const lengths = squaredLengths(centers, columns);
  return Array.from({ length: rows }, (_, row) => {
    const all = Array.from(lengths, (length, k) => {
      let sum = 0;
      for (let j = 0; j < columns; j++)
        sum += (values[row * columns + j] as number) * (centers[k * columns + j] as number);
      return length - 2 * sum;
    });
    return all.indexOf(Math.min(...all));
  });
}

function found({ columns, rows, count, values, centers }: Case, block?: number): number[] {
  const points = { rows, columns, values, squares: squaredLengths(values, columns) };
  const list: number[] = [];
  new NearestCenters(points, count, block).each(centers, ({ row, some, nearest, at, step }) => {
    for (let i = 0; i < some; i++) list[row + i] = nearest[at + i * step] as number;
  });
  return list;
}

describe('the nearest center', () => {
  it('is the one that the plain sums give, the first of equal ones, for any number of centers and any size of blocks', () => {
    fc.assert(
      fc.property(cases, (one) => {
        const expected = plain(one);
        expect(found(one, one.block)).toEqual(expected);
        expect(found(one)).toEqual(expected);
      }),
      { numRuns: 500 },
    );
  });

  it('is looked for anew each time', () => {
    const points = { rows: 3, columns: 1, values: Float64Array.of(0, 5, 9), squares: new Float64Array(3) };
    const nearest = new NearestCenters(points, 2);
    const ask = (...centers: number[]) => {
      let labels: number[] = [];
      nearest.each(Float64Array.from(centers), (all) => {
        labels = [0, 1, 2].map((i) => all.nearest[all.at + i * all.step] as number);
      });
      return labels;
    };
    expect([ask(0, 9), ask(9, 0), ask(7, 7)]).toEqual([
      [0, 1, 1],
      [1, 0, 0],
      [0, 0, 0],
    ]);
  });
});
