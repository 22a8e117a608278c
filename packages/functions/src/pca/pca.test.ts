import { existsSync, readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rightVectors } from '../kernels/pca/golub-reinsch.ts';
import { FunctionError } from '../refusal.ts';
import { runFunction } from '../testing/run.ts';
import { principalComponents } from './pca.ts';

const run = (args: Record<string, unknown>, data: string | Uint8Array) =>
  runFunction(principalComponents, args, { input_data: data });

interface Report {
  readonly rows: number;
  readonly mean: readonly number[];
  readonly components: readonly (readonly number[])[];
  readonly explained_variance: readonly number[];
  readonly explained_variance_ratio: readonly number[];
}

const reported = async (args: Record<string, unknown>, data: string) =>
  JSON.parse((await run({ report: true, center: true, ...args }, data)).text) as Report;

/** Rows from a few hidden directions and noise. */
function rowsOf(rows: number, columns: number, offset = 0): number[][] {
  const wave = (i: number) => (Math.sin(i * 12.9898) * 43758.5453) % 1;
  return Array.from({ length: rows }, (_, r) =>
    Array.from(
      { length: columns },
      (_, c) =>
        offset +
        3 * wave(r) * (c + 1) +
        wave(r + 0.5) * ((c % 3) - 1) * 4 +
        0.3 * wave(r * columns + c + 0.25),
    ),
  );
}
const csv = (rows: readonly (readonly number[])[]) => rows.map((row) => `${row.join(',')},0\n`).join('');

describe('builtin_principal_components_analysis', () => {
  // The digits were computed with rulinalg 0.4.2 itself, the library that Teaclave uses.
  it('has the digits of Teaclave', async () => {
    const { text, outputs } = await run(
      { n: 2, center: true, feature_size: 3 },
      '2.5,-1.0,0.75,0\n0.5,3.25,-2.0,0\n1.1,0.3,0.9,0\n-4.2,2.2,1.6,0\n3.3,-0.7,-1.4,0\n0.05,1.9,2.8,0\n',
    );
    expect(text).toBe('transform 6 rows * 2 cols lines of data.');
    expect(outputs['output_data']).toBe(
      [
        '2.40291161835272,-1.4239328800903468',
        '-0.2077487212678497,3.269514416078434',
        '0.6198868074262796,-0.7846209410697875',
        '-4.910554171357837,-0.09232987469555154',
        '3.6378494104964405,0.5096034521543993',
        '-1.5423449436497543,-1.4782341723771473',
        '',
      ].join('\n'),
    );
  });

  it('ignores an unknown argument beside its own, as Teaclave does, and logs it', async () => {
    const args = { n: 1, center: true, feature_size: 2 };
    const { text, log } = await run({ ...args, whiten: true }, '1,2,0\n2,1,0\n');
    expect(text).toBe('transform 2 rows * 1 cols lines of data.');
    expect(log).toEqual(['There is no argument "whiten": it is ignored.']);
    await expect(run({ ...args, centre: true }, '1,2,0\n2,1,0\n')).rejects.toThrow('no argument "centre"');
  });

  const fixture = new URL('../../../../../shared/fixtures/functions/', import.meta.url);
  it.skipIf(!existsSync(fixture))(
    "gives Teaclave's own result byte for byte (skipped: not on this machine)",
    async () => {
      const read = (name: string) => readFileSync(new URL(name, fixture));
      const { text, outputs } = await run({ n: 2, center: true, feature_size: 4 }, read('pca_input.txt'));
      expect(text).toBe('transform 90 rows * 2 cols lines of data.');
      expect(outputs['output_data']).toBe(read('pca_expected_result.txt').toString());
    },
  );

  it.each([0, 1e6])('has the same components by both solvers, at an offset of %d', async (offset) => {
    const data = csv(rowsOf(300, 6, offset));
    const [exact, fast] = await Promise.all(
      ['golub-reinsch', 'covariance'].map((solver) => reported({ n: 3, feature_size: 6, solver }, data)),
    );
    const scale = offset === 0 ? 1 : 1e3;
    for (const k of [0, 1, 2]) {
      const [a, b] = [exact?.components[k] ?? [], fast?.components[k] ?? []];
      const sign = Math.sign(a.reduce((sum, one, i) => sum + one * (b[i] as number), 0));
      for (const [i, one] of a.entries())
        expect(Math.abs(one - sign * (b[i] as number))).toBeLessThan(1e-11 * scale);
      const largest = b.reduce((best, one) => (Math.abs(one) > Math.abs(best) ? one : best), 0);
      expect(largest).toBeGreaterThan(0);
    }
    for (const [k, one] of (exact?.explained_variance ?? []).entries())
      expect(Math.abs(one / (fast?.explained_variance[k] as number) - 1)).toBeLessThan(1e-11 * scale);
  });

  it('keeps all but signs and the last digits where there is too much for the exact order', async () => {
    const rows = rowsOf(400, 5);
    const values = () => Float64Array.from(rows.flat());
    const [exact, quick] = [true, false].map((e) =>
      rightVectors({ rows: 400, columns: 5, data: values() }, e),
    );
    for (const [i, one] of (exact?.vectors.data ?? []).entries())
      expect(Math.abs(Math.abs(one) - Math.abs(quick?.vectors.data[i] as number))).toBeLessThan(1e-12);
    for (const [k, one] of (exact?.values ?? []).entries())
      expect(Math.abs(one / (quick?.values[k] as number) - 1)).toBeLessThan(1e-13);
  });

  it('leaves the mean alone where it shall', async () => {
    for (const solver of ['golub-reinsch', 'covariance']) {
      const { outputs } = await run({ n: 1, center: false, feature_size: 1, solver }, '3,0\n4,0\n');
      expect(outputs['output_data']?.split('\n').map(Math.abs as never)).toEqual([3, 4, 0]);
    }
  });

  it('reads a header', async () => {
    const args = { n: 1, center: true, feature_size: 1, header: true, solver: 'covariance' };
    expect((await run(args, 'a,label\n1,0\n3,1\n')).outputs['output_data']).toBe('-1.0\n1.0\n');
  });

  it.each([
    ['golub-reinsch', '1,1,5\n1,2,5\n1,3,5\n'],
    ['golub-reinsch', '1,2,5\n2,4,5\n3,6,5\n4,8,6\n'],
    ['golub-reinsch', '7,7,0\n7,7,0\n'],
    ['covariance', '7,7,0\n7,7,0\n'],
    ['golub-reinsch', '1,2,0\n3,5,0\n'],
  ])('answers where columns or rows depend on each other: %s %j', async (solver, data) => {
    const found = await reported({ n: 2, feature_size: 2, solver }, data);
    const rows = data
      .trim()
      .split('\n')
      .map((line) => line.split(',').slice(0, 2).map(Number));
    const total = [0, 1].reduce((sum, c) => {
      const mean = rows.reduce((all, row) => all + (row[c] as number), 0) / rows.length;
      return sum + rows.reduce((all, row) => all + ((row[c] as number) - mean) ** 2, 0) / (rows.length - 1);
    }, 0);
    expect(found.explained_variance.reduce((a, b) => a + b)).toBeCloseTo(total, 12);
  });

  const args = { n: 2, center: true, feature_size: 2 };
  it.each<[Record<string, unknown>, string, string]>([
    [
      { report: true, n: 2, center: true },
      '1,2,0\n',
      'Cannot deserialize arguments: "feature_size" is missing',
    ],
    [{ ...args, n: '2', header: false }, '1,2,0\n', '"n" must be an integer that is not negative, not "2"'],
    [{ ...args, missing: 'mean' }, '1,2,0\n3,x,0\n', 'Row 2, column 2: invalid float literal'],
    [{ ...args, report: false }, '1,2,0\n3,4\n', 'Row 2: Data format error: column len = 2, expected = 3'],
    [
      { ...args, solver: 'golub-reinsch' },
      'a,b,c\n3,4,0\n',
      'Row 1, column 1: invalid float literal. If it has the names of the columns, give "header": true.',
    ],
    [{ ...args, center: false, solver: 'covariance' }, '', 'The input has no rows'],
    [{ ...args, center: false }, '3,4,0\n', 'At most 1 component can be had of 1 row, not 2: lower "n".'],
  ])('says what is wrong where an argument of ours is given: %j %j', async (given, data, message) => {
    await expect(run(given, data)).rejects.toThrow(message);
  });

  it.each([
    [{}, 2],
    [{ solver: 'covariance' }, 2],
    [{ missing: 'mean' }, 3],
  ])('reads its input as often as the catalogue says: %j', async (more, times) => {
    let reads = 0;
    const chunks = () => {
      reads++;
      return [Buffer.from('1,2,0\n4,3,0\n')];
    };
    await principalComponents.run({
      args: { ...args, n: 1, ...more },
      input: () => ({ chunks }),
      output: () => ({ write: () => undefined, close: () => undefined }),
      log: () => undefined,
    });
    expect(reads).toBe(times);
  });

  it.each<[Record<string, unknown>, string, string | RegExp]>([
    [{ ...args, n: 3 }, '1,2,0\n', 'The argument "n" must be at most the number of columns, 2, not 3.'],
    [{ ...args, n: 0 }, '1,2,0\n', 'at least 1'],
    [{ ...args, n: '2' }, '1,2,0\n', /^Cannot deserialize arguments$/],
    [{ n: 2, feature_size: 2 }, '1,2,0\n', /^Cannot deserialize arguments$/],
    [{ ...args, solver: 'magic' }, '1,2,0\n', 'one of golub-reinsch, covariance'],
    [args, '1,2,0\n\n3,4,0\n', /^Empty line$/],
    [args, '1,2,0\n3,4\n', /^Data format error: column len = 2, expected = 3$/],
    [args, '1,2,0\n3,x,0\n', /^invalid float literal$/],
    [args, '1,2,0\n3,,0\n', /^cannot parse float from empty string$/],
    [args, '1,2,0\n3,nan,0\n', 'Row 2, column 2: a finite number is wanted'],
    [args, '1,1e999,0\n', 'Row 1, column 2: a finite number is wanted'],
    [args, '1,1e200,0\n2,-1e200,0\n3,5,0\n', 'The values are too large'],
    [{ ...args, solver: 'covariance' }, '1,1e200,0\n2,-1e200,0\n3,5,0\n', 'The values are too large'],
    [{ ...args, solver: 'covariance' }, '1,1e308,0\n2,-1e308,0\n', 'The values are too large'],
    [{ ...args, center: false, solver: 'covariance' }, '1e200,1e200,0\n', 'The values are too large'],
    [args, '', 'The input has no rows'],
    [{ ...args, solver: 'covariance' }, '', 'The input has no rows'],
    [args, '1,2,0\n', 'The input has 1 row: components need at least 2.'],
    [
      { ...args, feature_size: 3, n: 3 },
      '1,2,3,0\n3,4,7,0\n',
      'At most 2 components can be had of 2 rows, not 3: lower "n".',
    ],
  ])('refuses %j %j', async (given, data, message) => {
    const refused = run(given, data);
    await expect(refused).rejects.toThrow(FunctionError);
    await expect(refused).rejects.toThrow(message);
  });
});

describe('the decomposition of Golub and Reinsch', () => {
  const entry = fc.oneof(fc.double({ min: -10, max: 10, noNaN: true }), fc.constantFrom(0, 1, -1, 1e-9));
  const matrix = fc
    .tuple(fc.integer({ min: 1, max: 7 }), fc.integer({ min: 1, max: 7 }))
    .chain(([rows, columns]) =>
      fc
        .array(entry, { minLength: rows * columns, maxLength: rows * columns })
        .map((data) => ({ rows, columns, data })),
    );

  it('converges where both shifts get stuck', () => {
    const data = Float64Array.from(
      [
        [-1, 0, 0, 0, 1e-9, -1],
        [0, 0, 0, 0, -1, 0],
        [0, 0, -1, 0, 1e-9, 0],
        [-1, 0, 0, 1e-9, 0, 0],
        [1, -1, 0, 0, 0, 1e-9],
      ].flat(),
    );
    const { values } = rightVectors({ rows: 5, columns: 6, data }, false);
    expect(values.reduce((sum, one) => sum + one ** 2, 0)).toBeCloseTo(7, 12);
  });

  it('converges where four values are nearly equal', () => {
    const data = Float64Array.from(
      [
        [0, 1, 0, 1e-9, 0],
        [-1, 0, 0, 0, 1e-9],
        [0, 1e-9, 1e-9, -1, 0],
        [0.09481175271411707, 1.2729035405584233e-7, 0, 0, 0],
        [0, 1e-9, 1, 1e-9, 0],
        [0, 0, 0, 1e-9, -1],
      ].flat(),
    );
    const { values } = rightVectors({ rows: 6, columns: 5, data }, false);
    expect(values.reduce((sum, one) => sum + one ** 2, 0)).toBeCloseTo(5 + 0.09481175271411707 ** 2, 12);
  });

  it('converges where some squares vanish', () => {
    const data = new Float64Array(12);
    [data[0], data[1], data[11]] = [5e-324, 6.624337284222476e-170, 1];
    expect(rightVectors({ rows: 3, columns: 4, data }, true).values).toEqual(Float64Array.of(1, 0, 0));
  });

  it('converges where all squares vanish', () => {
    const data = new Float64Array(25);
    data[0] = 5e-324;
    data[15] = 6.624337284222476e-170;
    const { values } = rightVectors({ rows: 5, columns: 5, data }, true);
    expect(values[0]).toBe(6.624337284222476e-170);
  });

  it('finds orthogonal vectors along which the data are as long as it says, of any rank', () => {
    fc.assert(
      fc.property(matrix, fc.boolean(), ({ rows, columns, data }, exact) => {
        const { vectors, values } = rightVectors({ rows, columns, data: Float64Array.from(data) }, exact);
        const count = values.length;
        const size = Math.max(1, ...values);
        const v = (j: number, k: number) => vectors.data[j * count + k] as number;
        for (let k = 0; k < count; k++) {
          if (k > 0) expect(values[k]).toBeLessThanOrEqual(values[k - 1] as number);
          let length = 0;
          for (let i = 0; i < rows; i++) {
            let sum = 0;
            for (let j = 0; j < columns; j++) sum += (data[i * columns + j] as number) * v(j, k);
            length += sum ** 2;
          }
          expect(Math.abs(Math.sqrt(length) - (values[k] as number))).toBeLessThan(1e-12 * size);
          for (let l = 0; l <= k; l++) {
            let sum = 0;
            for (let j = 0; j < columns; j++) sum += v(j, k) * v(j, l);
            expect(Math.abs(sum - (k === l ? 1 : 0))).toBeLessThan(1e-12);
          }
        }
        const all = data.reduce((sum, one) => sum + one ** 2, 0);
        expect(Math.abs(values.reduce((sum, one) => sum + one ** 2, 0) - all)).toBeLessThan(
          1e-10 * size ** 2,
        );
      }),
      { numRuns: 1000 },
    );
  });
});
