/**
 * Tables and lists as spreadsheets, pandas, R and databases write them: what comes out equals what DuckDB finds in the same data,
 * or is a refusal that names the place. There is no third kind.
 */
import type { DuckDBConnection } from '@duckdb/node-api';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { builtins, FunctionError } from '../../packages/functions/src/index.ts';
import { runFunction } from '../../packages/functions/src/testing/run.ts';
import { without } from '../support/peers.ts';

const CASES = Number(process.env['GAIWAN_TEXT_CASES'] ?? 250);

const duckdb = await import('@duckdb/node-api').catch(without('@duckdb/node-api'));

/** How a program writes text. */
interface Style {
  readonly encoding:
    | 'utf-8'
    | 'utf-8 with a mark'
    | 'utf-16le'
    | 'utf-16be'
    | 'latin1'
    | 'utf-16le without a mark';
  readonly end: '\n' | '\r\n' | '\r';
  readonly quoting: 'where needed' | 'texts' | 'all';
  /** In place of a missing number. */
  readonly missing: '' | 'NA';
  /** Lines after the last one. */
  readonly blankLines: number;
}

const style = (style: Partial<Style>): Style => ({
  encoding: 'utf-8',
  end: '\n',
  quoting: 'where needed',
  missing: '',
  blankLines: 0,
  ...style,
});

const programs: Readonly<Record<string, Style>> = {
  'Excel, CSV UTF-8': style({ encoding: 'utf-8 with a mark', end: '\r\n' }),
  'Excel, CSV': style({ encoding: 'latin1', end: '\r\n' }),
  'Excel, CSV (Macintosh)': style({ encoding: 'latin1', end: '\r' }),
  'Excel, Unicode text': style({ encoding: 'utf-16le', end: '\r\n' }),
  'LibreOffice, all cells quoted': style({ quoting: 'all' }),
  pandas: style({}),
  'R, write.csv': style({ quoting: 'texts', missing: 'NA' }),
  'PostgreSQL, COPY': style({}),
  'a Java program': style({ encoding: 'utf-16be', quoting: 'all' }),
  'a script, UTF-16 without a mark': style({ encoding: 'utf-16le without a mark' }),
  'an editor that leaves blank lines': style({ end: '\r\n', blankLines: 2 }),
};

function encode(text: string, { encoding }: Style): Uint8Array {
  switch (encoding) {
    case 'latin1':
      return Buffer.from(text.replace(/[\u0100-\u{10ffff}]/gu, 'é'), 'latin1');
    case 'utf-8':
      return Buffer.from(text);
    case 'utf-8 with a mark':
      return Buffer.from(`\ufeff${text}`);
    case 'utf-16le':
      return Buffer.from(`\ufeff${text}`, 'utf16le');
    case 'utf-16be':
      return Buffer.from(`\ufeff${text}`, 'utf16le').swap16();
    case 'utf-16le without a mark':
      return Buffer.from(text, 'utf16le');
  }
}

const isAscii = (text: string): boolean => /^\p{ASCII}*$/u.test(text);

/** Whether it cannot be read as it was meant, so that it must be refused. */
const isUnreadable = (text: string, { encoding }: Style): boolean =>
  encoding === 'utf-16le without a mark' || (encoding === 'latin1' && !isAscii(text));

type Row = readonly [key: string, value: string];

interface Written {
  readonly bytes: Uint8Array;
  readonly refused: boolean;
}

function writeTable(rows: readonly Row[], program: Style, delimiter: string, decimalMark: string): Written {
  const { quoting, end, missing, blankLines } = program;
  const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;
  const needed = (text: string) => text.includes(delimiter) || /["\r\n]/.test(text);
  const cell = (text: string, isText: boolean): string =>
    quoting === 'all' || (quoting === 'texts' && isText) || needed(text) ? quoted(text) : text;
  const lines = [
    ['id', 'v'],
    ...rows.map(([key, value]) => [key, value.replace('.', decimalMark) || missing]),
  ];
  const text =
    lines
      .map(([key = '', value = ''], i) => cell(key, true) + delimiter + cell(value, i === 0) + end)
      .join('') + end.repeat(blankLines);
  const refused =
    isUnreadable(text, program) ||
    (missing !== '' && rows.some(([key, value]) => key !== '' && value === ''));
  return { bytes: encode(text, program), refused };
}

function writeList(items: readonly string[], program: Style): Written {
  const { quoting, end, blankLines } = program;
  const text =
    items.map((item) => (quoting === 'where needed' ? item : `"${item}"`) + end).join('') +
    end.repeat(blankLines);
  return { bytes: encode(text, program), refused: isUnreadable(text, program) };
}

const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/** Groups of a table in SQL: `id`, the exact sum, and where the id came first. */
function groups(rows: readonly Row[]): string {
  const values = rows.map(
    ([key, value], i) =>
      `(${key === '' ? 'NULL' : literal(key)}::VARCHAR, ${value === '' ? 'NULL' : literal(value)}::DECIMAL(38,6), ${i})`,
  );
  const table =
    values.length === 0
      ? 'SELECT NULL::VARCHAR AS id, NULL::DECIMAL(38,6) AS v, 0 AS place WHERE false'
      : `SELECT * FROM (VALUES ${values.join(', ')}) AS given(id, v, place)`;
  return `(SELECT id, sum(v) AS total, min(place) AS place FROM (${table}) WHERE id IS NOT NULL GROUP BY id)`;
}

/** Without zeros at the end of its decimals. */
const short = (number: string): string =>
  (number.includes('.') ? number.replace(/\.?0+$/, '') : number).replace(/^-0$/, '0');

const key = fc.constantFrom(
  'ann',
  'José',
  'Zoë',
  'a,b',
  'say "hi"',
  'two\nlines',
  'semi;colon',
  '007',
  '',
  'tab\there',
  '漢字',
  "o'neil",
);
const number = fc.oneof(
  fc.constant(''),
  fc.integer({ min: -9999, max: 9999 }).map((n) => (n / 100).toFixed(2)),
  fc.bigInt(0n, 10n ** 24n).map(String),
  fc
    .tuple(fc.bigInt(0n, 10n ** 18n), fc.nat(999_999))
    .map(([whole, part]) => `${whole}.${String(part).padStart(6, '0')}`),
);
const rows = fc.array(fc.tuple(key, number), { maxLength: 8 });
const program = fc.constantFrom(...Object.keys(programs));

/** Runs it; undefined: it was refused, with the place. */
async function answer(
  name: string,
  args: Readonly<Record<string, unknown>>,
  inputs: readonly Written[],
  cut: number,
) {
  const files = Object.fromEntries(inputs.map(({ bytes }, i) => [`input_data${i}`, bytes]));
  try {
    return await runFunction(builtins.get(name), { num_user: inputs.length, ...args }, files, { cut });
  } catch (error) {
    expect(error).toBeInstanceOf(FunctionError);
    expect(String(error)).toMatch(/(Line|Row) \d+ of input_data[01]/);
    return undefined;
  }
}

describe.skipIf(!duckdb)('text as other programs write it (skipped: no DuckDB)', () => {
  let connection: DuckDBConnection;
  let close: () => void = () => undefined;

  beforeAll(async () => {
    const instance = await duckdb?.DuckDBInstance.create(':memory:');
    if (!instance) return;
    connection = await instance.connect();
    close = () => {
      connection.closeSync();
      instance.closeSync();
    };
    await connection.run('SET threads = 1');
  });
  afterAll(() => close());

  it(`joins tables as DuckDB does, or refuses them with the place: ${CASES} pairs`, async () => {
    let [joined, refused] = [0, 0];
    const table = fc.tuple(rows, program);
    await fc.assert(
      fc.asyncProperty(
        table,
        table,
        fc.constantFrom(',', ';', '\t'),
        fc.constantFrom('.', ','),
        fc.integer({ min: 1, max: 300 }),
        async (first, second, delimiter, decimal_mark, cut) => {
          const written = [first, second].map(([given, by]) =>
            writeTable(given, programs[by] ?? style({}), delimiter, decimal_mark),
          );
          const args = { key: ['id'], aggregates: ['sum(0.v)', 'sum(1.v)'], delimiter, decimal_mark };
          const got = await answer('builtin-join-aggregate', args, written, cut);
          expect(got === undefined).toBe(written.some((one) => one.refused));
          if (!got) return void refused++;
          joined++;
          const reader = await connection.runAndReadAll(
            `SELECT a.id, coalesce(a.total::VARCHAR, ''), coalesce(b.total::VARCHAR, '') FROM ${groups(first[0])} a JOIN ${groups(second[0])} b USING (id) ORDER BY a.place`,
          );
          const csv = (text: string) => (/[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
          const expected = reader
            .getRows()
            .map(([id, a, b]) => `${csv(String(id))},${short(String(a))},${short(String(b))}\n`);
          const output = got.outputs['output_data0'] ?? '';
          const lines = output.slice(output.indexOf('\n') + 1);
          expect(lines.replaceAll(/(?<=,)-?\d+\.\d+(?=[,\n])/g, short)).toBe(expected.join(''));
        },
      ),
      { numRuns: CASES },
    );
    expect(Math.min(joined, refused)).toBeGreaterThan(0);
  });

  it(`intersects lists as DuckDB does, or refuses them with the place: ${CASES} pairs`, async () => {
    let [joined, refused] = [0, 0];
    const list = fc.tuple(
      fc.array(
        key.filter((text) => !text.includes('\n')),
        { maxLength: 8 },
      ),
      program,
    );
    await fc.assert(
      fc.asyncProperty(list, list, fc.integer({ min: 1, max: 300 }), async (first, second, cut) => {
        const written = [first, second].map(([items, by]) => writeList(items, programs[by] ?? style({})));
        const got = await answer('builtin-private-set-intersect', { normalize: ['quotes'] }, written, cut);
        // A file of no character at all is the same in every encoding.
        const unreadable = written.some((one) => one.refused && one.bytes.length > 0);
        expect(got === undefined).toBe(unreadable);
        if (!got) return void refused++;
        joined++;
        const table = (items: readonly string[]) => groups(items.map((item) => [item, ''] as const));
        const reader = await connection.runAndReadAll(
          `SELECT a.id FROM ${table(first[0])} a SEMI JOIN ${table(second[0])} b USING (id) ORDER BY a.place`,
        );
        const common = reader.getRows().map(([id]) => `${String(id)}\n`);
        expect(got.outputs['output_data0']).toBe(common.join(''));
        expect(got.text).toMatch(new RegExp(`^${common.length} common items\n`));
      }),
      { numRuns: CASES },
    );
    expect(Math.min(joined, refused)).toBeGreaterThan(0);
  });
});
