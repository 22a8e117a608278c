import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { builtins } from '../index.ts';
import { longley } from '../testing/longley.ts';
import { refusalOf } from '../testing/refusal-of.ts';
import { runFunction } from '../testing/run.ts';
import { runs } from '../testing/runs.ts';

const train = async (data: string, args: Record<string, unknown> = {}, cut = 999) => {
  const builtin = builtins.get('builtin-linear-regression-train');
  const { text, outputs } = await runFunction(builtin, args, { training_data: data }, { cut });
  const file = outputs['model_file'] ?? '';
  return { told: JSON.parse(text), file, model: JSON.parse(file) };
};
const predict = async (model: string, data: string, args: Record<string, unknown> = {}) => {
  const builtin = builtins.get('builtin-linear-regression-predict');
  const { text, outputs } = await runFunction(builtin, args, { model_file: model, data_file: data });
  return { told: JSON.parse(text), lines: (outputs['result_file'] ?? '').trim().split('\n') };
};
const csv = (rows: readonly (readonly number[])[]) => rows.map((row) => row.join(',')).join('\n');

type Fraction = readonly [over: bigint, under: bigint];

/** Solves by Gauss's elimination in fractions: no rounding at all. undefined: singular. */
function solveExactly(matrix: readonly (readonly bigint[])[]): number[] | undefined {
  const rows = matrix.map((row) => row.map((value): Fraction => [value, 1n]));
  const n = rows.length;
  const cell = (i: number, j: number) => rows[i]?.[j] ?? [0n, 1n];
  for (let k = 0; k < n; k++) {
    const pivot = rows.findIndex((row, i) => i >= k && row[k]?.[0] !== 0n);
    if (pivot < 0) return undefined;
    [rows[k], rows[pivot]] = [rows[pivot] ?? [], rows[k] ?? []];
    const [a, b] = cell(k, k);
    for (let i = 0; i < n; i++) {
      if (i === k) continue;
      const [c, d] = cell(i, k);
      rows[i] = (rows[i] ?? []).map(([p, q], j): Fraction => {
        const [r, s] = cell(k, j);
        return [p * s * d * a - c * b * r * q, q * s * d * a];
      });
    }
  }
  return rows.map((_, i) => {
    const [[a, b], [c, d]] = [cell(i, n), cell(i, i)];
    // 60 bits of the quotient, which a double holds but for the last one.
    return Number((a * d * 2n ** 60n) / (b * c)) / 2 ** 60;
  });
}

/** The weights by the normal equations, with a penalty on all but the first. */
function normalEquations(data: readonly (readonly number[])[], l2: number): number[] | undefined {
  const rows = data.map((row) => [1, ...row].map(BigInt));
  const n = (rows[0]?.length ?? 1) - 1;
  return solveExactly(
    Array.from({ length: n }, (_, i) =>
      Array.from(
        { length: n + 1 },
        (_, j) =>
          rows.reduce((sum, row) => sum + (row[i] ?? 0n) * (row[j] ?? 0n), 0n) +
          (i === j && i > 0 ? BigInt(l2) : 0n),
      ),
    ),
  );
}

describe('the weights', () => {
  const table = fc.integer({ min: 1, max: 4 }).chain((features) =>
    fc.array(
      fc.array(fc.integer({ min: -20, max: 20 }), { minLength: features + 1, maxLength: features + 1 }),
      {
        minLength: 1,
        maxLength: 12,
      },
    ),
  );

  it('are those of the normal equations in exact fractions; where these have no answer, it is refused', async () => {
    let singular = 0;
    await fc.assert(
      fc.asyncProperty(table, fc.integer({ min: 0, max: 3 }), async (rows, l2) => {
        const args = { feature_size: (rows[0]?.length ?? 0) - 1, l2 };
        const wanted = normalEquations(rows, l2);
        if (!wanted) {
          singular++;
          expect(await refusalOf(train(csv(rows), args))).toMatchObject({ code: 'unsuitable-data' });
          return;
        }
        const { told, model } = await train(csv(rows), args);
        const scale = Math.max(1, ...wanted.map(Math.abs));
        for (const [i, weight] of wanted.entries())
          expect(Math.abs(model.parameters[i] - weight)).toBeLessThan(1e-9 * scale);
        const errors = rows.map((row) => {
          const label = row.at(-1) ?? 0;
          return (
            row.slice(0, -1).reduce((sum, x, i) => sum + x * (wanted[i + 1] ?? 0), wanted[0] ?? 0) - label
          );
        });
        expect(told.rmse).toBeCloseTo(Math.sqrt(errors.reduce((sum, e) => sum + e * e, 0) / rows.length), 7);
        const labels = rows.map((row) => row.at(-1) ?? 0);
        if (new Set(labels).size === 1) expect(told.r2).toBeNull();
        else {
          const mean = labels.reduce((a, b) => a + b) / labels.length;
          const spread = labels.reduce((sum, y) => sum + (y - mean) ** 2, 0);
          expect(told.r2).toBeCloseTo(1 - errors.reduce((sum, e) => sum + e * e, 0) / spread, 7);
        }
        expect(told).toMatchObject({ rows: rows.length, features: args.feature_size });
      }),
      { numRuns: runs(200) },
    );
    expect(singular).toBeGreaterThan(0);
  });

  it('keep their digits where columns differ by a millionth, which sums of products square', async () => {
    const rows = Array.from({ length: 1000 }, (_, i) => {
      const a = ((i * 7919) % 1009) / 1009;
      const b = a + 1e-6 * (((i * 104_729) % 997) / 997);
      return [a, b, a + b];
    });
    const { model } = await train(csv(rows), { feature_size: 2 });
    expect(model.parameters[1]).toBeCloseTo(1, 9);
    expect(model.parameters[2]).toBeCloseTo(1, 9);
  });

  it("are Longley's, which NIST certifies", async () => {
    const { told, model } = await train(csv(longley.rows), { feature_size: 6 });
    for (const [i, weight] of longley.weights.entries())
      expect(Math.abs(model.parameters[i] / weight - 1)).toBeLessThan(1e-10);
    expect(told.r2).toBeCloseTo(longley.r2, 12);
    // Sixteen rows less seven weights.
    expect(told.rmse * Math.sqrt(16 / 9)).toBeCloseTo(longley.deviation, 8);
  });

  it('do not lose digits to a large mean, to units, or to how the rows are cut', async () => {
    const rows = Array.from({ length: 700 }, (_, i) => [
      1e9 + (i % 7),
      (((i * i) % 11) - 5) * 1e-150,
      ((i * 13) % 17) * 1e100,
    ]);
    const labelled = rows.map(([a = 0, b = 0, c = 0]) => [
      a,
      b,
      c,
      3 + 2 * (a - 1e9) + b * 1e150 - c * 1e-100,
    ]);
    const args = { feature_size: 3 };
    const [one, other] = [await train(csv(labelled), args), await train(csv(labelled), args, 31)];
    expect(one.file).toBe(other.file);
    const [base, a, b, c] = one.model.parameters;
    expect(a).toBeCloseTo(2, 10);
    expect(b / 1e150).toBeCloseTo(1, 10);
    expect(c * 1e100).toBeCloseTo(-1, 10);
    expect(base).toBeCloseTo(3 - 2e9, 3);
    expect(one.told.r2).toBeCloseTo(1, 12);
  });
});

describe('what has no answer says so', () => {
  it.each([
    ['a,b,y\n1,2,3\n2,4,5\n3,6,8\n4,8,8', {}, 'Column "b" never changes, or follows'],
    ['a,b,y\n1,7,3\n2,7,5\n3,7,8\n4,7,8', {}, 'Column "b" never changes'],
    ['a,b,y\n1,7,3\n2,7,5', {}, '2 rows cannot decide 3 weights'],
    ['a,b,y', {}, 'no rows'],
    ['a,y\n1,2\n2,1e200\n3,-1e200', {}, 'too large'],
    ['a,y\n1,2\n2,', {}, 'Row 2, column 2: cannot parse float from empty string'],
    ['a,y\n1,2\n2,', { missing: 'mean' }, 'Row 2: the label is missing'],
    ['a,y\n1,2\n,3\n2,inf', { missing: 'mean' }, 'Row 3, column 2: a finite number is wanted'],
    ['a,y\n,2\n,3\n', { missing: 'mean' }, 'Column "a" has no mean'],
    ['y\n1', {}, 'one column'],
    ['a,y\n1,2', { label: 'z' }, 'has the label\'s name, "z"'],
    ['a,y\n1,2', { label: 'y', columns: ['b'] }, 'No column of the header has the name "b"'],
    ['a,y\n1,2', { columns: ['a'] }, 'needs "label"'],
    ['a,y\n1,2', { label: 'y', columns: ['a', 'y'] }, 'names the label as well'],
    ['a,y\n1,2', { label: 'y', columns: ['a'], feature_size: 2 }, 'must be the number of "columns"'],
    ['a,y\n1,2', { header: false, label: 'y' }, 'needs "header"'],
    ['a,y\n1,2', { header: false }, '"feature_size" is wanted'],
    ['a,y\n1,2', { header: false, feature_size: 1 }, 'give "header": true'],
    ['a,y\n1,2', { l2: -1 }, 'at least 0'],
    ['a,y\n1,2', { L2: 1 }, 'no argument "L2"'],
  ])('%j with %j', async (data, args, message) => {
    const error = await refusalOf(train(data, { header: true, ...args }));
    expect(error.message).toContain(message);
  });

  it('a column that nearly follows gets a warning, and none where there is a penalty', async () => {
    const lines = Array.from({ length: 50 }, (_, i) => `${i},${i + (i % 3) * 1e-8},${i % 5}`);
    const data = `a,b,y\n${lines.join('\n')}`;
    const { told } = await train(data, { header: true });
    expect(told.warnings).toEqual([expect.stringContaining('Column "b" nearly follows')]);
    expect((await train(data, { header: true, l2: 1 })).told.warnings).toBeUndefined();
  });
});

describe('models and tables', () => {
  it('the label may stand anywhere, columns are found by name, and chosen ones alone are looked at', async () => {
    const { file, told } = await train('y,id,a,b\n5,x1,1,1\n8,x2,2,1\n6,x3,1,2\n13,x4,3,3', {
      header: true,
      label: 'y',
      columns: ['b', 'a'],
    });
    expect(told).toMatchObject({ rows: 4, features: 2 });
    expect(told.r2).toBeCloseTo(1, 12);
    const { told: said, lines } = await predict(file, 'a,b\n10,1\n', { header: true });
    expect(said).toMatchObject({ rows: 1, columns_by: 'name', reordered: true });
    expect(Number(lines[0])).toBeCloseTo(32, 9);
    expect((await refusalOf(predict(file, 'a\n1\n', { header: true }))).message).toContain('lack columns');
    const more = predict(file, 'a,b,c\n1,1,1\n', { header: true });
    expect((await refusalOf(more)).message).toContain('not trained on: "c"');
  });

  it('missing values are filled in with the means of training, and said', async () => {
    const { file, told } = await train('a,b,y\n1,1,1\n3,,3\n2,2,2\n4,3,4', { header: true, missing: 'mean' });
    expect(told).toMatchObject({ filled_in: 1 });
    const { told: said, lines } = await predict(file, 'a,b\n5,\n', { header: true });
    expect(said).toEqual({ rows: 1, columns_by: 'name', missing_values: 1 });
    expect(Number(lines[0])).toBeCloseTo(5, 9);
    const other = await predict(file, 'a,b\n,2\n', { header: true });
    expect(other.told.warnings).toEqual([expect.stringContaining('had none missing in training')]);
  });

  it.each([
    ['{"alpha":0.3,"iters":9,"parameters":[0.0,1.0]}', 'missing field `table`'],
    [
      '{"parameters":[0.0,1.0],"table":{"format":1,"method":"newton","missing":[]}}',
      'it was trained as "newton"',
    ],
    ['{"parameters":[1.0],"table":{"format":1,"method":"least-squares","missing":[]}}', 'it has no weights'],
    ['{"parameters":[1.0,1e999],"table":{"format":1,"method":"least-squares","missing":[]}}', 'is too large'],
    [
      '{"parameters":[0.0,1e308],"table":{"format":1,"method":"least-squares","missing":[]}}',
      'Row 1: the prediction',
    ],
    ['[]', 'it must be an object'],
  ])('refuses the model %s', async (model, message) => {
    expect((await refusalOf(predict(model, '1e9\n'))).message).toContain(message);
  });

  it('logistic regression refuses a linear model', async () => {
    const { file } = await train('1,1\n2,2\n3,3', { feature_size: 1 });
    const builtin = builtins.get('builtin-logistic-regression-predict');
    const asked = runFunction(builtin, {}, { model_file: file, data_file: '1\n' });
    expect((await refusalOf(asked)).message).toContain('missing field `alpha`');
  });
});
