/** Missing values in tables of numbers. */
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { FunctionError } from '../refusal.ts';
import { runs } from '../testing/runs.ts';
import { type RowFormat, rowBatches } from './rows.ts';

async function read(text: string, format: RowFormat): Promise<number[][]> {
  const bytes = Buffer.from(text);
  const input = { chunks: () => [bytes.subarray(0, 5), bytes.subarray(5)] };
  const all: number[][] = [];
  for await (const { values, rows, columns } of rowBatches(input, format)) {
    for (let row = 0; row < rows; row++) all.push([...values.subarray(row * columns, (row + 1) * columns)]);
  }
  return all;
}

const cell = fc.oneof(
  fc.constantFrom('', 'nan', 'NaN', '+nan', ' ', '""'),
  fc.integer({ min: -99, max: 99 }).map(String),
  fc.constantFrom('1.5', '-2e3', '"7"'),
);
const numberOf = (text: string): number => {
  const bare = text.replaceAll('"', '').trim();
  return bare === '' ? Number.NaN : Number(bare.replace(/^\+?nan$/i, 'NaN'));
};

it('are read as NaN wherever they stand', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 2, max: 4 }).chain((columns) =>
        fc.array(fc.array(cell, { minLength: columns, maxLength: columns }), {
          minLength: 1,
          maxLength: 5,
        }),
      ),
      fc.boolean(),
      fc.constantFrom('\n', '\r\n'),
      fc.constantFrom(',', '\t'),
      async (table, trim, end, delimiter) => {
        const names = (table[0] ?? []).map((_, i) => `c${i}`);
        const text = [names, ...table].map((row) => row.join(delimiter)).join(end);
        const format = { header: true, finite: true, missing: true, trim, delimiter };
        expect(await read(text, format)).toEqual(table.map((row) => row.map(numberOf)));
      },
    ),
    { numRuns: runs(300) },
  );
});

it('are a row where all are missing and a TAB stands between them; a line of blanks is none', async () => {
  const format = { header: true, missing: true, trim: true, delimiter: '\t' };
  expect(await read('a\tb\n1\t2\n\t\n \t \n\t\n  \n\n', format)).toEqual([
    [1, 2],
    [Number.NaN, Number.NaN],
    [Number.NaN, Number.NaN],
    [Number.NaN, Number.NaN],
  ]);
});

it.each([
  ['1,inf', 'Row 1, column 2: a finite number is wanted'],
  ['1,-infinity', 'Row 1, column 2: a finite number is wanted'],
  [',1e999', 'Row 1, column 2: a finite number is wanted'],
  ['1,NA', 'Row 1, column 2: invalid float literal'],
  ['1', 'column len = 1, expected = 2'],
  ['1,,', 'column len = 3, expected = 2'],
  ['', 'Empty line'],
])('%j is no missing value', async (row, message) => {
  const refused = await read(`${row}\n1,2\n`, {
    columns: 2,
    finite: true,
    missing: true,
    locate: true,
  }).catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(FunctionError);
  expect((refused as Error).message).toContain(message);
});

it('are refused where nobody knows them', async () => {
  for (const row of ['1,', ',1', '1,nan']) {
    await expect(read(row, { columns: 2, finite: true, locate: true })).rejects.toThrow(FunctionError);
  }
});
