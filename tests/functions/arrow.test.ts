/** Arrow IPC as pyarrow, polars and DuckDB write it: what our functions read of it is what they read of the same table in Parquet. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { builtins } from '../../packages/functions/src/index.ts';
import { readArrow } from '../../packages/functions/src/testing/arrow.ts';
import { readParquet } from '../../packages/functions/src/testing/parquet.ts';
import { refusalOf } from '../../packages/functions/src/testing/refusal-of.ts';
import { runFunction } from '../../packages/functions/src/testing/run.ts';
import { hasPython, python3 } from './support/python.ts';

const hasPyarrow = hasPython('pyarrow');
if (!hasPyarrow) console.warn('SKIPPED: python3 has no pyarrow here');

interface Written {
  readonly files: readonly { readonly path: string; readonly parquet: string; readonly options: string }[];
  readonly refused: Readonly<Record<string, string>>;
  /** Those that wrote files beside pyarrow. */
  readonly libraries: readonly string[];
}

const script = join(import.meta.dirname, 'arrow.py');

function ask<T>(...args: readonly string[]): T {
  const { status, stdout, stderr } = python3([script, ...args]);
  expect([status, stderr]).toEqual([0, '']);
  return JSON.parse(stdout) as T;
}

describe.skipIf(!hasPyarrow)('Arrow IPC', () => {
  let folder = '';
  let written: Written;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'gaiwan-arrow-'));
    written = ask(folder);
    for (const library of ['polars', 'duckdb'])
      if (!written.libraries.includes(library)) console.warn(`SKIPPED: python3 has no ${library} here`);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('of every type, codec, form and writer has the rows that Parquet has', async () => {
    expect(written.files.length).toBeGreaterThan(15);
    const wanted = new Map<string, Promise<string>>();
    for (const { path, parquet, options } of written.files) {
      if (!wanted.has(parquet)) wanted.set(parquet, readParquet(readFileSync(parquet)));
      for (const cut of [1009, 1 << 20]) {
        const got = (await readArrow(readFileSync(path), { cut })).split('\n');
        const rows = (await wanted.get(parquet))?.split('\n') ?? [];
        const wrong = rows.findIndex((row, i) => row !== got[i]);
        expect([options, wrong, got[wrong], got.length]).toEqual([options, -1, rows[wrong], rows.length]);
      }
    }
  });

  it('with columns that no table of plain values has is refused by column', async () => {
    const whats = {
      list: 'a list',
      list_view: 'a list',
      fixed_list: 'a list',
      struct: 'a struct',
      map: 'a map',
      union: 'a union',
      duration: 'a duration',
      interval: 'an interval',
      run_end: 'run-end encoded',
      extension: 'of the extension type "arrow.opaque"',
      flag8: 'of the extension type "arrow.bool8"',
    } as const;
    for (const [name, what] of Object.entries(whats)) {
      const refusal = await refusalOf(readArrow(readFileSync(written.refused[name] ?? '')));
      expect(refusal.message).toContain(`input_data0: the column "${name}" is ${what}, which has no form`);
    }
    expect((await refusalOf(readArrow(readFileSync(written.refused['negative_scale'] ?? '')))).message).toBe(
      'input_data0: its metadata have a decimal of 5 digits, -2 of them after the point.',
    );
  });

  it('that we write is what pyarrow and polars read, with the types of the inputs', async () => {
    const plain = written.files[0];
    const { files, text } = await runFunction(
      builtins.get('builtin-train-test-split'),
      { test_rows: 400, seed: 4, stratify: 'flag', format: 'arrow', result_format: 'arrow' },
      { input_data: readFileSync(plain?.path ?? '') },
      { cut: 1 << 16 },
    );
    expect(JSON.parse(text)).toMatchObject({ rows: 1500, test: 400, formats: { input_data: 'arrow' } });
    const parts = ['train', 'test'].map((part) => join(folder, `${part}.arrow`));
    for (const path of parts)
      writeFileSync(path, files[path.endsWith('train.arrow') ? 'train' : 'test'] ?? '');
    const types = ask<string[]>(folder, ...parts);
    expect(types.join(' ')).toBe(
      'int8 uint8 int16 uint16 int32 uint32 int64 uint64 int64 double float halffloat bool decimal128(9, 2) ' +
        'decimal128(38, 10) decimal256(76, 30) string string string string string date32[day] time32[ms] ' +
        'time64[us] time64[ns] timestamp[ms] timestamp[us] timestamp[ns] timestamp[us, tz=UTC] string extension<arrow.uuid>',
    );
    const [header = '', ...given] = (await readArrow(readFileSync(plain?.path ?? ''))).split(
      /(?<=\n)(?=[^\n]*,[^\n]*,)/,
    );
    const again: string[] = [];
    for (const path of parts) {
      const [itsHeader = '', ...rows] = (await readParquet(readFileSync(`${path}.parquet`))).split(
        /(?<=\n)(?=[^\n]*,[^\n]*,)/,
      );
      expect(itsHeader).toBe(header);
      again.push(...rows);
    }
    expect(again.sort().join('')).toBe(given.sort().join(''));
  });
});
