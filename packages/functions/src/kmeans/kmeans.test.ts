import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lloyd } from '../kernels/kmeans/lloyd.ts';
import { squaredLengths } from '../kernels/kmeans/points.ts';
import { seedCenters } from '../kernels/kmeans/seeding.ts';
import { randomSource } from '../kernels/random-source.ts';
import { FunctionError } from '../refusal.ts';
import { runFunction } from '../testing/run.ts';
import { kMeans } from './kmeans.ts';

const run = (args: Record<string, unknown>, data: string) => runFunction(kMeans, args, { input_data: data });

/** Rows around `count` corners, far from each other. */
function groups(count: number, each: number, offset = 0): string {
  const random = randomSource(5);
  return Array.from({ length: count * each }, (_, i) => {
    const group = i % count;
    return `${offset + 100 * group + random()},${offset - 50 * group + random()},${random()}\n`;
  }).join('');
}

describe('builtin-kmeans', () => {
  it.each([0, 1e7])('finds groups that are there, at an offset of %d', async (offset) => {
    const { text, outputs } = await run({ clusters: 4, feature_size: 3 }, groups(4, 200, offset));
    const labels = (outputs['assignments'] as string).trim().split('\n');
    expect(new Set(labels).size).toBe(4);
    labels.forEach((label, i) => {
      expect(label).toBe(labels[i % 4]);
    });
    const result = JSON.parse(text) as Record<string, unknown>;
    expect(result).toMatchObject({ rows: 800, clusters: 4, converged: true });
    // Three uniform columns: a twelfth each.
    expect(Math.abs((result['inertia'] as number) / (800 / 4) - 1)).toBeLessThan(0.1);
  });

  it('R3: reads a table of a spreadsheet of another country, with blanks and blank lines', async () => {
    const args = { clusters: 1, header: true, delimiter: ';', decimal_mark: ',' };
    const { outputs } = await run(args, '\ufeffx;y\r\n1,5; 2\r\n2,5;4\r\n\r\n');
    expect(outputs['centers']).toBe('x,y\n2.0,3.0\n');
  });

  it('gives the same for the same seed, and may give another for another', async () => {
    const random = randomSource(1);
    const data = Array.from({ length: 500 }, () => `${random()},${random()}\n`).join('');
    const results = await Promise.all(
      [1, 1, 2, 3].map((seed) => run({ clusters: 9, feature_size: 2, seed }, data)),
    );
    expect(results[1]).toEqual(results[0]);
    expect(new Set(results.map(({ text }) => text)).size).toBeGreaterThan(1);
    const best = await run({ clusters: 9, feature_size: 2, seed: 1, restarts: 10 }, data);
    const inertia = (text: string) => (JSON.parse(text) as { inertia: number }).inertia;
    expect(inertia(best.text)).toBeLessThanOrEqual(inertia(results[0]?.text ?? ''));
  });

  it('stops where it is told to', async () => {
    const random = randomSource(2);
    const data = Array.from({ length: 300 }, () => `${random()},${random()}\n`).join('');
    const { text } = await run({ clusters: 20, feature_size: 2, max_iterations: 1, tolerance: 0 }, data);
    expect(JSON.parse(text)).toMatchObject({ iterations: 1, converged: false });
  });

  it('quotes names that need it', async () => {
    const { outputs } = await run({ clusters: 1, header: true }, '"a,b","say ""x"""\n1,2\n');
    expect(outputs['centers']).toBe('"a,b","say ""x"""\n1.0,2.0\n');
  });

  it('takes values of any size, or says that they are too large', async () => {
    const size = fc.integer({ min: -320, max: 308 }).map((exponent) => 10 ** exponent);
    const cell = fc.tuple(size, fc.integer({ min: -9, max: 9 })).map(([a, b]) => a * b);
    const rows = fc.array(cell.filter(Number.isFinite), { minLength: 3, maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(rows, async (list) => {
        const result = await run({ clusters: 2, feature_size: 1 }, list.join('\n')).catch(
          (error: unknown) => error,
        );
        if (result instanceof Error) {
          expect(result).toBeInstanceOf(FunctionError);
          expect(Math.max(...list.map(Math.abs))).toBeGreaterThan(1e150);
        } else expect(JSON.parse((result as { text: string }).text).inertia).not.toBeNull();
      }),
      { numRuns: 500 },
    );
  });

  it('has as many centers as asked for, also of equal rows', async () => {
    const { text, outputs } = await run({ clusters: 3, feature_size: 1 }, '5\n5\n5\n');
    expect(JSON.parse(text)).toMatchObject({ inertia: 0, converged: true });
    expect(outputs['centers']).toBe('5.0\n5.0\n5.0\n');
  });

  const args = { clusters: 2, feature_size: 2 };
  it.each<[Record<string, unknown>, string, string]>([
    [{ clusters: 2 }, '1,2\n', 'Say the number of columns with "feature_size", or give a header.'],
    [{ ...args, clusters: 0 }, '1,2\n', 'The argument "clusters" must be at least 1, not 0.'],
    [{ ...args, seed: -1 }, '1,2\n', '"seed" must be an integer that is not negative'],
    [{ ...args, tolerance: 'x' }, '1,2\n', '"tolerance" must be a number'],
    [args, '1,2\n', 'The input has 1 row, fewer than the 2 clusters asked for.'],
    [args, '', 'The input has 0 rows'],
    [args, '1,2\n3\n', 'Row 2: Data format error: column len = 1, expected = 2'],
    [args, '1,2\nx,4\n', 'Row 2, column 1: invalid float literal'],
    [args, '1,2\n\n3,4\n', 'Row 2: Empty line'],
    [args, '1,nan\n3,4\n', 'Row 1, column 2: a finite number is wanted'],
    [args, '1,2\n3,-inf\n', 'Row 2, column 2: a finite number is wanted'],
    [args, '1e200,1\n2,3\n-1e200,7\n', 'The values are too large'],
    [args, '1e308,1\n-1e308,3\n1e308,7\n', 'The values are too large'],
    [{ clusters: 1, header: true }, '', 'The input is empty'],
    [{ clusters: 1, header: true }, 'a,b\n', 'The input has 0 rows'],
    [{ clusters: 1, header: true, feature_size: 3 }, 'a,b\n1,2\n', 'expected = 3'],
  ])('refuses %j %j', async (given, data, message) => {
    const refused = run(given, data);
    await expect(refused).rejects.toThrow(FunctionError);
    await expect(refused).rejects.toThrow(message);
  });
});

describe("Lloyd's iteration", () => {
  const cases = fc.record({
    columns: fc.integer({ min: 1, max: 5 }),
    rows: fc.integer({ min: 6, max: 300 }),
    count: fc.integer({ min: 1, max: 6 }),
    seed: fc.nat(),
  });

  it('begins with a refusal where memory is short', () => {
    const none = new Float64Array(0);
    const points = { rows: 2 ** 52, columns: 1, values: none, squares: none };
    expect(() => seedCenters(points, 2, randomSource(1))).toThrow(/^The data do not fit in memory/);
  });

  it('agrees with the plain way, step by step', () => {
    fc.assert(
      fc.property(cases, ({ columns, rows, count, seed }) => {
        const random = randomSource(seed);
        const values = Float64Array.from({ length: rows * columns }, () => random() * 10 - 5);
        const points = { rows, columns, values, squares: squaredLengths(values, columns) };
        const begin = seedCenters(points, count, random);
        const found = lloyd(points, begin, { iterations: 50, movement: 0 });
        const expected = plain(values, columns, begin, 50);
        expect([...found.labels]).toEqual(expected.labels);
        for (const [i, one] of expected.centers.entries())
          expect(Math.abs(one - (found.centers[i] as number))).toBeLessThan(1e-12);
        expect(Math.abs(found.inertia - expected.inertia)).toBeLessThan(1e-9 * (1 + expected.inertia));
      }),
      { numRuns: 300 },
    );
  });

  function plain(values: Float64Array, columns: number, begin: Float64Array, iterations: number) {
    let centers = [...begin];
    const rows = values.length / columns;
    const square = (row: number, k: number) => {
      let sum = 0;
      for (let j = 0; j < columns; j++)
        sum += ((values[row * columns + j] as number) - (centers[k * columns + j] as number)) ** 2;
      return sum;
    };
    const nearest = () =>
      Array.from({ length: rows }, (_, row) => {
        const all = Array.from({ length: begin.length / columns }, (_, k) => square(row, k));
        return all.indexOf(Math.min(...all));
      });
    let labels = nearest();
    for (let i = 0; i < iterations; i++) {
      centers = centers.map((old, at) => {
        const [k, j] = [Math.floor(at / columns), at % columns];
        const mine = labels.flatMap((label, row) =>
          label === k ? [values[row * columns + j] as number] : [],
        );
        return mine.length > 0 ? mine.reduce((a, b) => a + b, 0) / mine.length : old;
      });
      const next = nearest();
      if (next.every((label, row) => label === labels[row])) break;
      labels = next;
    }
    return { labels, centers, inertia: labels.reduce((sum, label, row) => sum + square(row, label), 0) };
  }

  it('gives a center without rows the row that is farthest from its own', () => {
    const values = Float64Array.of(0, 1, 2, 100);
    const points = { rows: 4, columns: 1, values, squares: squaredLengths(values, 1) };
    const { centers, inertia } = lloyd(points, Float64Array.of(1, 1e6), { iterations: 10, movement: 0 });
    expect([...centers].sort((a, b) => a - b)).toEqual([1, 100]);
    expect(inertia).toBe(2);
  });
});
