/** Parquet files as DuckDB and pyarrow write them: what our functions read of them is what DuckDB reads. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { builtins } from '../../packages/functions/src/index.ts';
import { openParquet } from '../../packages/functions/src/parquet/open.ts';
import { records } from '../../packages/functions/src/tables/records.ts';
import { runFunction } from '../../packages/functions/src/testing/run.ts';
import { runs } from '../../packages/functions/src/testing/runs.ts';
import { without } from '../support/peers.ts';
import { hasPython, python3 } from './support/python.ts';

const duckdb = await import('@duckdb/node-api').catch(without('@duckdb/node-api'));
const connection = await (await duckdb?.DuckDBInstance.create(':memory:'))?.connect();
const hasPyarrow = hasPython('pyarrow');
if (!hasPyarrow) console.warn('SKIPPED: python3 has no pyarrow here');

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'gaiwan-parquet-'));
});
afterAll(() => {
  connection?.closeSync();
  rmSync(folder, { recursive: true, force: true });
});

const trimmed = (text: string) => (text.includes('.') ? text.replace(/\.?0+$/, '') : text);
const asIs = (text: string) => text;
const number = (text: string) => Number(text);
const single = (text: string) => Math.fround(Number(text));

interface Kind {
  /** An expression over `i`, from 0, and `h`, a hash of it. */
  readonly value: string;
  /** What DuckDB is asked for. */
  readonly text?: string;
  /** What is compared. */
  readonly canonical?: (text: string) => string | number;
  readonly ours?: (text: string) => string | number;
}

const kinds: Readonly<Record<string, Kind>> = {
  boolean: { value: 'h % 3 = 0' },
  tiny: { value: '((h % 256) - 128)::TINYINT' },
  utiny: { value: '(h % 256)::UTINYINT' },
  small: { value: '((h % 65536) - 32768)::SMALLINT' },
  usmall: { value: '(h % 65536)::USMALLINT' },
  whole: { value: '((h % 4294967296) - 2147483648)::INTEGER' },
  uwhole: { value: '(h % 4294967296)::UINTEGER' },
  big: { value: '(h - 9223372036854775808)::BIGINT' },
  ubig: { value: 'h::UBIGINT' },
  rising: { value: '(1700000000000 + i * 1000 + h % 7)::BIGINT' },
  float: {
    value: `CASE WHEN h % 11 = 0 THEN 'nan'::FLOAT ELSE ((h % 2000000)::DOUBLE / 997 - 1000)::FLOAT END`,
    canonical: single,
    ours: single,
  },
  double: {
    value: '((h % 1000000007)::DOUBLE / 1009 - 500000) * pow(10, (i % 41) - 20)',
    canonical: number,
    ours: number,
  },
  decimal4: { value: '(((h % 9999)::BIGINT - 5000)::DECIMAL(10,0) * 0.1)::DECIMAL(4,1)' },
  decimal9: {
    value: '(((h % 1999999999)::BIGINT - 999999999)::DECIMAL(18,0) * 0.01::DECIMAL(3,2))::DECIMAL(9,2)',
  },
  decimal18: { value: '((h % 1999999999999)::DECIMAL(18,0) * 0.000001::DECIMAL(7,6))::DECIMAL(18,6)' },
  decimal38: {
    value: '((h - 9223372036854775808) * 1234567890123)::DECIMAL(38,0) * 0.0001::DECIMAL(5,4)',
    text: '{}::VARCHAR',
  },
  text: {
    value: `CASE h % 5 WHEN 0 THEN 'a,"b"' WHEN 1 THEN 'é' || i WHEN 2 THEN E'x\\ny\\r' WHEN 3 THEN 'word' ELSE ' 漢字 😀 ' END`,
  },
  long: { value: `repeat('long ' || (h % 17), (h % 50)::INTEGER + 1)` },
  enumerated: { value: `(CASE h % 2 WHEN 0 THEN 'yes' ELSE 'no' END)::ENUM('yes', 'no')` },
  date: {
    value: `DATE '0001-01-01' + ((h % 3652059)::INTEGER)`,
    text: `strftime({}, '%Y-%m-%d')`,
    canonical: (text) => text.padStart(10, '0'),
  },
  time: {
    value: `TIME '00:00:00' + to_microseconds((h % 86400000000)::BIGINT)`,
    text: '{}::VARCHAR',
    canonical: trimmed,
  },
  timestamp: {
    value: `make_timestamp((h % 4000000000000000)::BIGINT - 2000000000000000)`,
    text: `strftime({}, '%Y-%m-%dT%H:%M:%S.%f')`,
    canonical: trimmed,
  },
  seconds: {
    value: `make_timestamp(((h % 4000000000)::BIGINT) * 1000000)::TIMESTAMP_S`,
    text: `strftime({}, '%Y-%m-%dT%H:%M:%S')`,
  },
  millis: {
    value: `make_timestamp(((h % 4000000000000)::BIGINT) * 1000)::TIMESTAMP_MS`,
    text: `strftime({}, '%Y-%m-%dT%H:%M:%S.%f')`,
    canonical: trimmed,
  },
  nanos: {
    value: `make_timestamp_ns((h % 4000000000000000000)::BIGINT)`,
    text: `strftime({}, '%Y-%m-%dT%H:%M:%S.%n')`,
    canonical: trimmed,
  },
  zoned: {
    value: `make_timestamptz((h % 4000000000000000)::BIGINT)`,
    text: `strftime(timezone('UTC', {}), '%Y-%m-%dT%H:%M:%S.%f')`,
    canonical: (text) => `${trimmed(text)}Z`,
  },
  uuid: { value: `md5(i::VARCHAR)::UUID`, text: '{}::VARCHAR' },
  same: { value: `'constant'` },
  missing: { value: 'NULL::INTEGER' },
};

async function ask(sql: string): Promise<readonly (readonly (string | null)[])[]> {
  const found = await connection?.runAndReadAll(sql);
  return (found?.getRowsJson() ?? []) as (string | null)[][];
}

/** What we read: the names, then the rows. */
async function read(path: string, cut = 10_007): Promise<readonly (readonly string[])[]> {
  const bytes = readFileSync(path);
  const input = {
    *chunks() {
      for (let at = 0; at < bytes.length; at += cut) yield Uint8Array.from(bytes.subarray(at, at + cut));
    },
  };
  const { table } = await openParquet(input, {
    name: 'input_data0',
    delimiter: ',',
    list: false,
    column: undefined,
  });
  const rows: (readonly string[])[] = [];
  if (table) for await (const fields of records(table)) rows.push(fields);
  return rows;
}

/** Compares a file, whoever wrote it, with what DuckDB reads of it. */
async function compare(path: string, names: readonly string[]): Promise<void> {
  const columns = names.map((name) => (kinds[name]?.text ?? '{}::VARCHAR').replace('{}', `"${name}"`));
  const wanted = await ask(`SELECT ${columns.join(', ')} FROM read_parquet('${path}')`);
  const [header, ...rows] = await read(path);
  expect(header).toEqual(names);
  expect(rows).toHaveLength(wanted.length);
  for (const [c, name] of names.entries()) {
    const { canonical = asIs, ours = asIs } = kinds[name] ?? {};
    const theirs = wanted.map((row) => {
      const text = row[c];
      return text === null || text === undefined || text === 'nan' ? '' : canonical(text);
    });
    const got = rows.map((row) => (row[c] === '' ? '' : ours(row[c] ?? '')));
    const wrong = got.findIndex((one, i) => one !== theirs[i]);
    if (wrong >= 0) expect([name, wrong, got[wrong]]).toEqual([name, wrong, theirs[wrong]]);
  }
}

const table = (names: readonly string[], rows: number, missing: number) =>
  `SELECT ${names
    .map(
      (name) =>
        `CASE WHEN hash(i, '${name}') % 100 < ${missing} THEN NULL ELSE ${kinds[name]?.value} END AS "${name}"`,
    )
    .join(', ')} FROM (SELECT i, hash(i)::HUGEINT AS h FROM range(${rows}) t(i))`;

interface Written {
  readonly files: readonly {
    readonly path: string;
    readonly columns: readonly string[];
    readonly options: string;
  }[];
  /** By column: the text of each cell, or a float of so many bits. */
  readonly wanted: Readonly<Record<string, readonly (string | readonly [string, number])[]>>;
}

it.skipIf(!hasPyarrow)('files of pyarrow: every type, codec, encoding and version', async () => {
  const { status, stdout, stderr } = python3([join(import.meta.dirname, 'parquet.py'), folder]);
  expect([status, stderr]).toEqual([0, '']);
  const { files, wanted } = JSON.parse(stdout) as Written;
  expect(files.length).toBeGreaterThan(30);
  for (const { path, columns, options } of files) {
    const [header, ...rows] = await read(path);
    expect([options, header]).toEqual([options, columns]);
    for (const [c, name] of columns.entries()) {
      const cells = wanted[name] ?? [];
      const got = rows.map((row, i) => {
        const form = cells[i];
        if (!Array.isArray(form)) return row[c];
        return [form[0], form[0] === 'f32' ? single(row[c] ?? '') : number(row[c] ?? '')];
      });
      const wrong = cells.findIndex((one, i) => JSON.stringify(one) !== JSON.stringify(got[i]));
      expect([options, name, wrong, got.length, cells[wrong]]).toEqual([
        options,
        name,
        -1,
        cells.length,
        got[wrong],
      ]);
    }
  }
});

describe.skipIf(!connection)('Parquet files', () => {
  it('of DuckDB: every type, codec, version and size of row groups and dictionaries', async () => {
    const all = Object.keys(kinds);
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          names: fc.oneof(fc.constant(all), fc.subarray(all, { minLength: 1 })),
          rows: fc.constantFrom(0, 1, 7, 100, 2500, 5000),
          missing: fc.constantFrom(0, 1, 30, 100),
          codec: fc.constantFrom('uncompressed', 'snappy', 'gzip', 'zstd', 'brotli', 'lz4_raw'),
          version: fc.constantFrom('V1', 'V2'),
          group: fc.constantFrom(2048, 4096, 122_880),
          dictionary: fc.constantFrom(1, 1_000_000),
          cut: fc.constantFrom(13, 4096, 1 << 20),
        }),
        async ({ names, rows, missing, codec, version, group, dictionary, cut }) => {
          const path = join(folder, 'duckdb.parquet');
          await connection?.run(
            `COPY (${table(names, rows, missing)}) TO '${path}' (FORMAT parquet, CODEC '${codec}', PARQUET_VERSION '${version}', ROW_GROUP_SIZE ${group}, DICTIONARY_SIZE_LIMIT ${dictionary})`,
          );
          if (rows <= 100) await read(path, cut);
          await compare(path, names);
        },
      ),
      { numRuns: runs(12), endOnFailure: true },
    );
  });

  it('that are written again have the same names, types and values for DuckDB', async () => {
    // Infinite and missing floats are the same to us.
    const names = Object.keys(kinds);
    const path = join(folder, 'given.parquet');
    await connection?.run(
      `COPY (${table(names, 3000, 20)}) TO '${path}' (FORMAT parquet, PARQUET_VERSION 'V2')`,
    );
    const { files, text } = await runFunction(
      builtins.get('builtin-train-test-split'),
      { test_rows: 700, seed: 4, stratify: 'enumerated', format: 'parquet', result_format: 'parquet' },
      { input_data: readFileSync(path) },
      { cut: 1 << 16 },
    );
    expect(JSON.parse(text)).toMatchObject({
      rows: 3000,
      train: 2300,
      test: 700,
      formats: { input_data: 'parquet' },
    });
    const parts = ['train', 'test'].map((part) => join(folder, `${part}.parquet`));
    for (const part of parts)
      writeFileSync(part, files[part.endsWith('train.parquet') ? 'train' : 'test'] ?? '');
    const both = `read_parquet(['${parts.join("','")}'])`;
    const describe = async (from: string) =>
      (await ask(`DESCRIBE SELECT * FROM ${from}`)).map(([name, type]) => [name, type]);
    // A column without a value has no type of its own to keep.
    expect(await describe(both)).toEqual(await describe(`read_parquet('${path}')`));
    const as = (from: string) =>
      `SELECT ${names.map((name) => (['float', 'double'].includes(name) ? `CASE WHEN isnan("${name}") THEN NULL ELSE "${name}" END` : `"${name}"`)).join(', ')} FROM ${from}`;
    const given = as(`read_parquet('${path}')`);
    expect(await ask(`(${given} EXCEPT ALL ${as(both)})`)).toEqual([]);
    expect(await ask(`SELECT count(*)::VARCHAR FROM ${both}`)).toEqual([['3000']]);
  });

  it('that are joined give the rows that DuckDB gives', async () => {
    const [left, right] = ['left', 'right'].map((side) => join(folder, `${side}.parquet`));
    await connection?.run(
      `COPY (SELECT CASE WHEN i % 50 = 0 THEN NULL ELSE DATE '2020-01-01' + (hash(i) % 900)::INTEGER END AS day, ((hash(i, 1) % 100000)::BIGINT * 0.01)::DECIMAL(12,2) AS spent FROM range(5000) t(i)) TO '${left}' (FORMAT parquet)`,
    );
    await connection?.run(
      `COPY (SELECT DATE '2020-01-01' + (i * 3)::INTEGER AS day, ((hash(i, 2) % 1000)::BIGINT)::INTEGER AS score FROM range(500) t(i)) TO '${right}' (FORMAT parquet, CODEC 'zstd')`,
    );
    const run = (format: string) =>
      runFunction(
        builtins.get('builtin-join-aggregate'),
        {
          num_user: 2,
          key: ['day'],
          aggregates: ['sum(0.spent)', 'max(1.score)', 'rows(0)'],
          format: 'parquet',
          result_format: format,
        },
        { input_data0: readFileSync(left ?? ''), input_data1: readFileSync(right ?? '') },
        { cut: 1 << 16 },
      );
    const { files } = await run('parquet');
    const out = join(folder, 'joined.parquet');
    writeFileSync(out, files['output_data0'] ?? '');
    const wanted = `SELECT day, sum(spent)::DECIMAL(38,2) AS "sum(0.spent)", max(score)::DECIMAL(38,0) AS "max(1.score)", count(*)::BIGINT AS "rows(0)" FROM read_parquet('${left}') l JOIN read_parquet('${right}') r USING (day) GROUP BY day ORDER BY day`;
    expect(await ask(`SELECT * FROM read_parquet('${out}') ORDER BY day`)).toEqual(await ask(wanted));
    expect((await ask(`DESCRIBE SELECT * FROM read_parquet('${out}')`)).map(([, type]) => type)).toEqual([
      'DATE',
      'DECIMAL(38,2)',
      'DECIMAL(38,0)',
      'BIGINT',
    ]);
    const { outputs } = await run('csv');
    if (hasPyarrow) {
      const script =
        'import sys, pyarrow.parquet as pq\nfor row in zip(*pq.read_table(sys.argv[1]).to_pydict().values()): print(*row, sep=",")';
      const [, ...rows] = (outputs['output_data0'] ?? '').split('\n');
      expect(python3(['-c', script, out]).stdout.split('\n')).toEqual(rows);
    }
    const csv = join(folder, 'joined.csv');
    writeFileSync(csv, outputs['output_data0'] ?? '');
    expect(
      await ask(
        `SELECT day::DATE, "sum(0.spent)"::DECIMAL(38,2), "max(1.score)"::DECIMAL(38,0), "rows(0)"::BIGINT FROM read_csv('${csv}', all_varchar = true) ORDER BY day`,
      ),
    ).toEqual(await ask(wanted));
  });
});
