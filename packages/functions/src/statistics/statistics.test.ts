import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { builtins } from '../index.ts';
import { refusalOf } from '../testing/refusal-of.ts';
import { runFunction } from '../testing/run.ts';
import { runs } from '../testing/runs.ts';

interface Told {
  readonly name: string;
  readonly count: number | null;
  readonly missing: number | null;
  readonly mean: number | null;
  readonly sd: number | null;
  readonly min: number | null;
  readonly max: number | null;
  readonly quantiles: readonly (number | null)[];
  readonly histograms: readonly {
    readonly edges: readonly number[];
    readonly counts: readonly (number | null)[];
    readonly below: number | null;
    readonly above: number | null;
  }[];
  readonly suppressed?: Readonly<Record<string, number>>;
}

const ask = async (
  data: string | Uint8Array,
  args: Record<string, unknown> = {},
): Promise<{ rows: number; columns: Told[] }> =>
  JSON.parse(
    (
      await runFunction(
        builtins.get('builtin-column-statistics'),
        { header: true, ...args },
        { input_data: data },
      )
    ).text,
  );
const quantiles = [0, 0.1, 0.25, 0.5, 0.501, 0.9, 1];
const edges = [-3, 0, 1, 4];
const wanted = { quantiles, histograms: [`x: ${edges.join(', ')}`] };
const cell = fc.option(
  fc.integer({ min: -40, max: 60 }).map((n) => n / 10),
  { nil: undefined },
);
const column = fc.array(cell, { minLength: 1, maxLength: 40 });
const table = (cells: readonly (number | undefined)[]) =>
  `x,y\n${cells.map((one) => `${one ?? ''},1`).join('\n')}\n`;

/** Of the edges, as the page says it. */
const binsOf = (values: readonly number[]) => {
  const last = edges.length - 2;
  return edges
    .slice(1)
    .map(
      (to, i) => values.filter((x) => x >= (edges[i] ?? 0) && (x < to || (i === last && x === to))).length,
    );
};

describe('a column', () => {
  it('is described as its formulas say', async () => {
    await fc.assert(
      fc.asyncProperty(column, async (cells) => {
        const values = cells.filter((one) => one !== undefined).sort((a, b) => a - b);
        const { rows, columns } = await ask(table(cells), wanted);
        const [x, y] = columns;
        expect([rows, y?.name, y?.mean]).toEqual([cells.length, 'y', 1]);
        const n = values.length;
        expect(x).toMatchObject({ name: 'x', count: n, missing: cells.length - n });
        expect([x?.min, x?.max]).toEqual([values[0] ?? null, values.at(-1) ?? null]);
        const mean = values.reduce((a, b) => a + b, 0) / n;
        if (n === 0) expect(x?.mean).toBeNull();
        else expect(x?.mean).toBeCloseTo(mean, 12);
        const variance = values.reduce((sum, one) => sum + (one - mean) ** 2, 0) / (n - 1);
        if (n < 2) expect(x?.sd).toBeNull();
        else expect(x?.sd).toBeCloseTo(Math.sqrt(variance), 10);
        for (const [i, q] of quantiles.entries()) {
          const rank = (n - 1) * q;
          const [low, high] = [values[Math.floor(rank)] ?? 0, values[Math.ceil(rank)] ?? 0];
          if (n === 0) expect(x?.quantiles[i]).toBeNull();
          else expect(x?.quantiles[i]).toBeCloseTo(low + (high - low) * (rank % 1), 10);
        }
        expect(x?.histograms).toEqual([
          {
            edges,
            counts: binsOf(values),
            below: values.filter((one) => one < -3).length,
            above: values.filter((one) => one > 4).length,
          },
        ]);
        expect(x?.suppressed).toBeUndefined();
      }),
      { numRuns: runs(200) },
    );
  });

  it('does not lose digits to a large mean, and may be written as in other countries', async () => {
    const { columns } = await ask(
      '\ufeffa;b\r\n1.000.000.000,5;1\r\n1.000.000.001,5;\r\n1.000.000.002,5;nan\r\n',
      {
        delimiter: ';',
        decimal_mark: ',',
        group_mark: '.',
      },
    );
    expect(columns).toEqual([
      { name: 'a', count: 3, missing: 0, mean: 1000000001.5, sd: 1, min: 1000000000.5, max: 1000000002.5 },
      { name: 'b', count: 1, missing: 2, mean: 1, sd: null, min: 1, max: 1 },
    ]);
  });

  it('is chosen by name, also where others hold words and it has gaps', async () => {
    const { columns } = await ask('id,x\nann,1\nbob,\ncid,3\n', { columns: ['x'] });
    expect(columns).toMatchObject([{ name: 'x', count: 2, missing: 1, mean: 2 }]);
    const blanks = await ask('id,x\nann,1\nbob,\n\n\n', { columns: ['x'] });
    expect(blanks).toMatchObject({ rows: 2, columns: [{ count: 1, missing: 1 }] });
    expect(await ask('x\n1\n\n', { columns: ['x'] })).toMatchObject({ rows: 1, columns: [{ missing: 0 }] });
    const plain = await ask('1,5\n2,6\n', { header: false, feature_size: 2, histograms: ['2: 0, 5.5, 9'] });
    expect(plain.columns).toMatchObject([{ name: '1' }, { name: '2', histograms: [{ counts: [1, 1] }] }]);
    expect((await ask('x\n')).columns).toEqual([
      { name: 'x', count: 0, missing: 0, mean: null, sd: null, min: null, max: null },
    ]);
  });
});

describe('least_group', () => {
  it('does not tell how few rows there are', async () => {
    const told = await ask('x\n1\n2\n', { least_group: 3 });
    expect(told).toMatchObject({ rows: null, columns: [{ count: null, missing: null }] });
    expect(await ask('x\n1\n2\n""\n', { least_group: 3 })).toMatchObject({ rows: 3 });
  });

  const small = (count: number | null, least: number) => count !== null && count > 0 && count < least;

  it('no count, extreme or quantile that is told has fewer rows behind it, and no count follows from the others', async () => {
    let hidden = 0;
    await fc.assert(
      fc.asyncProperty(column, fc.integer({ min: 2, max: 8 }), async (cells, least) => {
        const values = cells.filter((one) => one !== undefined).sort((a, b) => a - b);
        const full = (await ask(table(cells), wanted)).columns[0];
        const got = (await ask(table(cells), { ...wanted, least_group: least })).columns[0];
        if (!got || !full) throw new Error('there is a column');
        if (values.length < least) {
          const figures = [got.count, got.missing, got.mean, got.sd, got.min, got.max, ...got.quantiles];
          const bins = got.histograms.flatMap(({ counts, below, above }) => [...counts, below, above]);
          expect([...figures, ...bins].filter((one) => one !== null)).toEqual([]);
          expect(got.suppressed).toEqual({ columns: 1 });
          return;
        }
        expect(got).toMatchObject({ count: full.count, missing: full.missing, mean: full.mean, sd: full.sd });
        for (const [told, all] of [
          [got.min, full.min],
          [got.max, full.max],
        ] as const) {
          const same = values.filter((one) => one === all).length;
          expect(told).toBe(same >= least ? all : null);
        }
        const parts = [0];
        for (const [i, q] of quantiles.entries()) {
          const told = got.quantiles[i] ?? null;
          if (told === null) continue;
          expect(told).toBe(full.quantiles[i]);
          const rank = (values.length - 1) * q;
          expect(Math.floor(rank) + 1 - (parts.at(-1) ?? 0)).toBeGreaterThanOrEqual(least);
          expect(values.length - Math.ceil(rank)).toBeGreaterThanOrEqual(least);
          parts.push(Math.floor(rank) + 1);
        }
        const flat = ({ histograms: [one] }: Told) => [
          one?.below ?? null,
          ...(one?.counts ?? []),
          one?.above ?? null,
        ];
        const [told, all] = [flat(got), flat(full)];
        const kept = all.filter((_, i) => told[i] === null);
        for (const [i, count] of told.entries()) {
          if (count === null) continue;
          expect(count).toBe(all[i]);
          // A count of 0 is told where nothing is suppressed.
          expect(small(count, least) || (count === 0 && kept.length > 0)).toBe(false);
        }
        if (kept.length > 0) {
          hidden++;
          expect(kept.length).toBeGreaterThan(1);
          expect(kept.reduce((sum: number, count) => sum + (count ?? 0), 0)).toBeGreaterThanOrEqual(least);
        }
        // Nothing is suppressed without need: leaving out the largest that is kept back would tell too much.
        const most = Math.max(0, ...kept.map((count) => count ?? 0));
        if (most >= least) {
          const rest = kept.reduce((sum: number, count) => sum + (count ?? 0), -most);
          expect(rest).toBeLessThan(least);
        }
        const suppressed = {
          extremes: [got.min, got.max].filter((one) => one === null).length,
          quantiles: got.quantiles.filter((one) => one === null).length,
          bins: kept.length,
        };
        expect(got.suppressed ?? {}).toEqual(
          Object.fromEntries(Object.entries(suppressed).filter(([, count]) => count > 0)),
        );
      }),
      { numRuns: runs(300) },
    );
    expect(hidden).toBeGreaterThan(10);
  });

  it('keeps quantiles that are close together back: they would tell the values one by one', async () => {
    const values = Array.from({ length: 101 }, (_, i) => i);
    const close = { quantiles: [0.02, 0.5, 0.51, 0.52, 0.6, 0.97, 0.99], least_group: 5 };
    const { columns } = await ask(`x\n${values.join('\n')}\n`, close);
    expect(columns[0]?.quantiles).toEqual([null, 50, null, null, 60, null, null]);
    expect(columns[0]?.suppressed).toEqual({ extremes: 2, quantiles: 5 });
  });
});

describe('what cannot be described is refused', () => {
  it.each([
    ['x\n1\n', { header: false }, 'Say the number of columns'],
    ['x\na\n', {}, 'Row 1, column 1'],
    ['x\ninf\n', {}, 'Row 1, column 1: a finite number is wanted'],
    ['x\n1e200\n-1e200\n', {}, 'too large'],
    ['x\n1\n', { quantiles: [0.5, 0.5] }, 'rising numbers from 0 to 1'],
    ['x\n1\n', { quantiles: [1.5] }, 'rising numbers from 0 to 1'],
    ['x\n1\n', { quantiles: Array.from({ length: 101 }, (_, i) => i / 101) }, 'at most 100'],
    ['x\n1\n', { quantiles: ['0.5'] }, '"quantiles" must be an array of finite numbers'],
    ['x\n1\n', { histograms: ['y: 0, 1'] }, 'the column "y", which is not among'],
    ['x\n1\n', { histograms: ['x: 0'] }, 'write COLUMN: EDGE, EDGE'],
    ['x\n1\n', { histograms: ['x: 1, 0'] }, 'two rising numbers'],
    ['x\n1\n', { histograms: ['x: 0,, 1'] }, 'two rising numbers'],
    ['x\n1\n', { histograms: [': 0, 1'] }, 'write COLUMN'],
    ['x\n1\n', { histograms: Array(101).fill('x: 0, 1') }, 'at most 100'],
    ['x\n1\n', { histograms: [`x: ${Array.from({ length: 1001 }, (_, i) => i).join(',')}`] }, 'at most 1000'],
    ['1\n', { header: false, feature_size: 1, histograms: ['2: 0, 1'] }, 'columns are numbers from 1 to 1'],
    ['x\n1\n', { histograms: ['x: 0, 1', 'x: 0, 2'], least_group: 2 }, 'the column "x" twice'],
    ['x\n1\n', { bins: 3 }, 'no argument "bins"'],
  ])('%j with %j', async (data, args, message) => {
    const error = await refusalOf(ask(data, args));
    expect(error.message).toContain(message);
  });
});
