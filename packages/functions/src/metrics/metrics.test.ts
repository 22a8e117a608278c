import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { builtins, FunctionError } from '../index.ts';
import { runFunction } from '../testing/run.ts';
import { GrowingColumn } from './column.ts';

const metrics = async (labels: string, predictions: string, args: Record<string, unknown> = {}) =>
  JSON.parse(
    (
      await runFunction(
        builtins.get('builtin-model-metrics'),
        { task: 'classification', ...args },
        { labels, predictions },
      )
    ).text,
  );

const label = fc.constantFrom(0, 1);
const score = fc.integer({ min: 0, max: 10 }).map((n) => n / 10);

describe('classification', () => {
  it('agrees with counting pairs and rows', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(label, score), { minLength: 1, maxLength: 50 }),
        score,
        async (rows, threshold) => {
          const got = await metrics(rows.map(([y]) => y).join('\n'), rows.map(([, p]) => p).join('\n'), {
            threshold,
          });
          let pairs = 0;
          let right = 0;
          for (const [y, p] of rows) {
            for (const [z, q] of rows) {
              if (y !== 1 || z !== 0) continue;
              pairs++;
              right += p > q ? 1 : p === q ? 0.5 : 0;
            }
          }
          if (pairs === 0) expect(got.auc).toBeNull();
          else expect(got.auc).toBeCloseTo(right / pairs, 12);
          const clip = (p: number) => Math.min(1 - 2 ** -52, Math.max(2 ** -52, p));
          const loss = rows.reduce((sum, [y, p]) => sum - Math.log(y === 1 ? clip(p) : 1 - clip(p)), 0);
          expect(got.log_loss).toBeCloseTo(loss / rows.length, 10);
          const count = (y: number, positive: boolean) =>
            rows.filter(([z, p]) => z === y && p >= threshold === positive).length;
          expect(got.confusion).toEqual({
            true_positive: count(1, true),
            false_positive: count(0, true),
            true_negative: count(0, false),
            false_negative: count(1, false),
          });
          expect(got.accuracy).toBeCloseTo((count(1, true) + count(0, false)) / rows.length, 12);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('R3: reads a table of a spreadsheet of another country, with blanks and blank lines', async () => {
    const args = {
      task: 'regression',
      header: true,
      columns: 2,
      delimiter: ';',
      decimal_mark: ',',
      group_mark: '.',
    };
    const got = await metrics('\ufeffx;y\r\n1;1.000,5\r\n1; 3 \r\n\r\n', '1001.5\n4\n\n', args);
    expect(got).toMatchObject({ rows: 2, rmse: 1, mae: 1 });
  });

  it('takes labels of -1 and 1, scores of any size, and the last column of a table with a header', async () => {
    const got = await metrics('x,"y"\n5,-1\n6,1\n', '-3\n7\n', { header: true, columns: 2 });
    expect(got).toEqual({
      rows: 2,
      auc: 1,
      log_loss: null,
      accuracy: 1,
      precision: 1,
      recall: 1,
      f1: 1,
      confusion: { true_positive: 1, false_positive: 0, true_negative: 1, false_negative: 0 },
    });
    expect(await metrics('0\n0', '0.1\n0.2')).toMatchObject({
      auc: null,
      precision: null,
      recall: null,
      f1: null,
    });
  });
});

describe('least_group', () => {
  const figures = ['accuracy', 'precision', 'recall', 'f1', 'confusion'] as const;

  it('suppresses what fewer rows are behind, and names it; what is left gives no count below it away', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(label, score), { minLength: 1, maxLength: 40 }),
        score,
        fc.integer({ min: 2, max: 9 }),
        async (rows, threshold, least) => {
          const texts = [rows.map(([y]) => y).join('\n'), rows.map(([, p]) => p).join('\n')] as const;
          const asked = metrics(...texts, { threshold, least_group: least });
          if (rows.length < least) {
            await expect(asked).rejects.toThrow('fewer rows than "least_group"');
            return;
          }
          const got = await asked;
          const all = await metrics(...texts, { threshold });
          const { confusion } = all;
          const cells = Object.values<number>(confusion);
          const right = confusion.true_positive + confusion.true_negative;
          const small = (...counts: number[]) => counts.some((count) => count < least);
          const wanted = [
            ...(small(...cells) ? ['auc', 'log_loss'] : []),
            ...figures.filter((name) =>
              name === 'accuracy' ? small(right, rows.length - right) : small(...cells),
            ),
          ];
          expect(got.suppressed ?? []).toEqual(wanted);
          for (const name of wanted) expect(got[name]).toBeNull();
          for (const name of ['rows', 'auc', 'log_loss', ...figures])
            if (!wanted.includes(name)) expect(got[name]).toEqual(all[name]);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('tells nothing that a small count can be solved for, of predictions of 0 and 1', async () => {
    const [rows, least] = [8, 3];
    /** By what is told, all counts that it can be of. */
    const told = new Map<string, number[][]>();
    for (let tp = 0; tp <= rows; tp++) {
      for (let fp = 0; tp + fp <= rows; fp++) {
        for (let tn = 0; tp + fp + tn <= rows; tn++) {
          const fn = rows - tp - fp - tn;
          const column = (...counts: [number, string][]) =>
            counts.map(([count, text]) => `${text}\n`.repeat(count)).join('');
          const got = await metrics(
            column([tp, '1'], [fp, '0'], [tn, '0'], [fn, '1']),
            column([tp, '1'], [fp, '1'], [tn, '0'], [fn, '0']),
            { least_group: least },
          );
          const text = JSON.stringify(got);
          const counts = [tp, fp, tn, fn, tp + fn, fp + tn, tp + tn, fp + fn, tp + fp, tn + fn];
          told.set(text, [...(told.get(text) ?? []), counts]);
        }
      }
    }
    for (const [text, solutions] of told) {
      for (const i of solutions[0]?.keys() ?? []) {
        const values = new Set(solutions.map((counts) => counts[i] ?? 0));
        // Not one small number, and not that it is small.
        expect([text, Math.max(...values) >= least]).toEqual([text, true]);
      }
    }
  });

  it('refuses a regression of two values, whose errors are counts', async () => {
    const args = { task: 'regression', least_group: 2 };
    for (const [labels, predictions] of [
      ['0\n1\n1\n0', '0\n1\n0\n0'],
      ['0\n1\n1\n0', '0.1\n0.7\n0.3\n0.2'],
      ['1\n1\n1\n1', '0.1\n0.7\n0.3\n0.2'],
      ['1\n2\n3\n4', '5\n6\n6\n5'],
    ] as const) {
      await expect(metrics(labels, predictions, args)).rejects.toThrow(
        /^The (labels|predictions) take two values at most: with "least_group" their errors/,
      );
      expect(await metrics(labels, predictions, { task: 'regression' })).toMatchObject({ rows: 4 });
    }
  });

  it('is of all rows where labels are numbers, and refuses fewer without saying how many there are', async () => {
    const args = { task: 'regression', least_group: 3 };
    expect(await metrics('1\n2\n3', '1\n2\n3', args)).toMatchObject({ rows: 3, rmse: 0 });
    const refused = await metrics('1\n2', '1\n2', args).catch((error: unknown) => error);
    expect(refused).toMatchObject({ code: 'unsuitable-data' });
    expect((refused as Error).message).not.toMatch(/\b2\b/);
    // Also of which side is shorter.
    const uneven = await metrics('1\n2', '1', args).catch((error: unknown) => error);
    expect((uneven as Error).message).not.toMatch(/\b[12]\b/);
  });
});

describe('regression', () => {
  it('agrees with the formulas', async () => {
    const number = fc.integer({ min: -50, max: 50 });
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(number, number), { minLength: 1, maxLength: 50 }), async (rows) => {
        const got = await metrics(rows.map(([y]) => y).join('\n'), rows.map(([, p]) => ` ${p} `).join('\n'), {
          task: 'regression',
        });
        const mean = (values: number[]) => values.reduce((a, b) => a + b, 0) / values.length;
        const errors = rows.map(([y, p]) => p - y);
        const center = mean(rows.map(([y]) => y));
        const spread = mean(rows.map(([y]) => (y - center) ** 2));
        expect(got.rmse).toBeCloseTo(Math.sqrt(mean(errors.map((e) => e * e))), 10);
        expect(got.mae).toBeCloseTo(mean(errors.map(Math.abs)), 10);
        expect(got.mean_error).toBeCloseTo(mean(errors), 10);
        if (new Set(rows.map(([y]) => y)).size === 1) expect(got.r2).toBeNull();
        else expect(got.r2).toBeCloseTo(1 - got.rmse ** 2 / spread, 8);
      }),
      { numRuns: 300 },
    );
  });
});

it('refuses more rows than memory has room for', () => {
  const refused = () =>
    new GrowingColumn().add({ values: new Float64Array(0), rows: 2 ** 52, columns: 1 }, 0);
  expect(refused).toThrow(FunctionError);
  expect(refused).toThrow(/^The data do not fit in memory: 4503599627370496 rows/);
});

it('keeps a column in its order as it grows', () => {
  const column = new GrowingColumn();
  for (let i = 0; i < 5000; i += 2) {
    column.add({ values: Float64Array.of(-1, i, -1, i + 1), rows: 2, columns: 2 }, 1);
  }
  expect([...column.values]).toEqual(Array.from({ length: 5000 }, (_, i) => i));
});

it.each([
  ['0\n1', '0.5', 'There are 2 labels and 1 predictions'],
  ['', '', 'There are no rows.'],
  ['0\n2', '1\n1', 'Row 2: the label must be 0 or 1.'],
  ['-1\n0', '1\n1', 'Row 2: the label must be -1 or 1.'],
  ['0\nx', '1\n1', 'Row 2, column 1: invalid float literal'],
  ['0\n1', '1\nnan', 'Row 2, column 1: a finite number is wanted'],
  ['0\n\n1', '1\n1\n1', 'Row 2: Empty line'],
  ['0,1', '1', 'Row 1: Data format error: column len = 2, expected = 1'],
])('refuses %j beside %j', async (labels, predictions, message) => {
  const refused = await metrics(labels, predictions).catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(FunctionError);
  expect((refused as Error).message).toContain(message);
});
