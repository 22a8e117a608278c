import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FunctionError } from '../refusal.ts';
import { mutate, mutations } from '../testing/mutate.ts';
import { parquetOf, readParquet, withMetadata } from '../testing/parquet.ts';
import { checked, files, nested } from '../testing/parquet-files.ts';
import { refusalOf } from '../testing/refusal-of.ts';

/** Mutated files; more with GAIWAN_FUZZ_RUNS, of which the slowest of ten thousand are enough. */
const RUNS = Math.min(10_000, Number(process.env['GAIWAN_FUZZ_RUNS'] ?? 1500));
/** Milliseconds of processor time that no file of a kilobyte may take. */
const SLOW = 2000;

const bytesOf = (base64: string): Uint8Array => Uint8Array.from(Buffer.from(base64, 'base64'));

type Meta = NonNullable<Parameters<typeof parquetOf>[1]>['schema'];
/** One column of bytes that mean something else. */
const typed = (element: NonNullable<Meta>[number], data: unknown[]): Uint8Array =>
  parquetOf([{ name: element.name, data, nullable: false } as never], {
    schema: [
      { name: 'root', num_children: 1 },
      { repetition_type: 'REQUIRED', ...element },
    ],
  });

describe('a Parquet file', () => {
  it('of a few rows is a table in CSV', async () => {
    expect(await readParquet(bytesOf(files.dictionary), { cut: 5 })).toBe(
      'n,t,x\n1,a,1.5\n,b,2.5\n3,,\n3,a,0\n',
    );
    expect(await readParquet(bytesOf(files.lz4))).toBe('n,t,x\n1,a,1.5\n,b,2.5\n3,,\n3,a,0\n');
    const rows = Array.from({ length: 40 }, (_, i) => `${i},prefix${i * i},len${i * i},${i * i}\n`);
    expect(await readParquet(bytesOf(files.deltas))).toBe(`n,t,l,b\n${rows.join('')}`);
  });

  it('of one column has a row for a value that is missing', async () => {
    expect(await readParquet(parquetOf([{ name: 'a', data: [1, null, 2], type: 'INT32' }]))).toBe(
      'a\n1\n""\n2\n',
    );
  });

  it.each<[number, string]>([
    [0.1, '0.1'],
    [-0, '-0'],
    [1e21, '1000000000000000000000'],
    [-1.5e-7, '-0.00000015'],
    [5e-324, `0.${'0'.repeat(323)}5`],
    [2 ** 53 + 2, '9007199254740994'],
    [Number.NaN, '""'],
  ])('has the double %d as %s', async (value, text) => {
    expect(await readParquet(parquetOf([{ name: 'a', data: [value], type: 'DOUBLE' }]))).toBe(`a\n${text}\n`);
  });

  it.each<[number, string]>([
    [Math.fround(0.1), '0.1'],
    [Math.fround(1e30), '1000000000000000000000000000000'],
    [Math.fround(-3.4e-12), '-0.0000000000034'],
    [16777216, '16777216'],
  ])('has the float of 32 bits %d as %s', async (value, text) => {
    expect(await readParquet(parquetOf([{ name: 'a', data: [value], type: 'FLOAT' }]))).toBe(`a\n${text}\n`);
  });

  it('has decimals of all their digits, dates, times and timestamps', async () => {
    const utc = { type: 'TIMESTAMP', isAdjustedToUTC: true, unit: 'NANOS' } as const;
    for (const [element, value, text] of [
      [{ type: 'INT32', converted_type: 'DECIMAL', scale: 2, precision: 9 }, -5n, '-0.05'],
      [
        { type: 'INT64', converted_type: 'DECIMAL', scale: 18, precision: 18 },
        123456789012345678n,
        '0.123456789012345678',
      ],
      [
        { type: 'FIXED_LEN_BYTE_ARRAY', type_length: 16, converted_type: 'DECIMAL', scale: 1, precision: 38 },
        10n ** 37n + 1n,
        `${10n ** 36n}.1`,
      ],
      [
        { type: 'BYTE_ARRAY', converted_type: 'DECIMAL', scale: 3, precision: 30 },
        -(10n ** 29n),
        `-${10n ** 26n}.000`,
      ],
      [{ type: 'INT32', logical_type: { type: 'DATE' } }, -719162, '0001-01-01'],
      [{ type: 'INT64', logical_type: utc }, -1n, '1969-12-31T23:59:59.999999999Z'],
      [{ type: 'INT32', converted_type: 'TIME_MILLIS' }, 86_399_010, '23:59:59.01'],
    ] as const) {
      expect(await readParquet(typed({ name: 'a', ...element } as never, [value]))).toBe(`a\n${text}\n`);
    }
  });

  it('may have a row group without rows, as pyarrow writes an empty table', async () => {
    const empty = withMetadata(parquetOf([{ name: 'a', data: [1], type: 'INT32' }]), (metadata) => {
      metadata.num_rows = 0n;
      for (const group of metadata.row_groups) {
        group.num_rows = 0n;
        for (const { meta_data } of group.columns)
          if (meta_data)
            Object.assign(meta_data, { num_values: 0n, data_page_offset: 0n, total_compressed_size: 0n });
      }
    });
    expect(await readParquet(empty)).toBe('a\n');
  });

  const at = 'input_data0, row group 1, column "a": ';
  it.each<[string, Uint8Array, string]>([
    ['a list', bytesOf(nested.list), 'input_data0: the column "list" is a list'],
    ['a map', bytesOf(nested.map), 'input_data0: the column "map" is a map'],
    ['a struct', bytesOf(nested.struct), 'input_data0: the column "struct" is nested'],
    [
      'an infinity',
      parquetOf([{ name: 'a', data: [1 / 0], type: 'DOUBLE' }]),
      `${at}it has an infinity, where a finite number is wanted.`,
    ],
    [
      'bytes that are no text',
      parquetOf([{ name: 'a', data: [Uint8Array.of(255)], type: 'BYTE_ARRAY' }]),
      `${at}it has bytes that are no text in UTF-8.`,
    ],
    ['a NUL', parquetOf([{ name: 'a', data: ['x\0'], type: 'STRING' }]), `${at}it has a NUL character`],
    [
      'BSON',
      typed({ name: 'a', type: 'BYTE_ARRAY', converted_type: 'BSON' }, []),
      'input_data0: the column "a" is BSON',
    ],
    [
      'an interval',
      typed({ name: 'a', type: 'FIXED_LEN_BYTE_ARRAY', type_length: 12, converted_type: 'INTERVAL' }, []),
      'input_data0: the column "a" is an interval',
    ],
    [
      'a date of no year',
      typed({ name: 'a', type: 'INT32', logical_type: { type: 'DATE' } }, [2147483647]),
      `${at}it has a date outside of the years 1 to 9999.`,
    ],
    [
      'too many digits',
      typed(
        { name: 'a', type: 'INT32', logical_type: { type: 'DECIMAL', precision: 2, scale: 1 } } as never,
        [100],
      ),
      `${at}it has a decimal with more digits than its type.`,
    ],
    [
      'a number beyond its type',
      typed({ name: 'a', type: 'INT32', converted_type: 'UINT_8' }, [256]),
      `${at}it has a number beyond its type.`,
    ],
    [
      'a scale below zero',
      typed({ name: 'a', type: 'INT32', converted_type: 'DECIMAL', scale: -1, precision: 2 }, []),
      'input_data0: its metadata have a decimal of 2 digits, -1 of them after the point.',
    ],
    [
      'a name twice',
      parquetOf([
        { name: 'a', data: [1], type: 'INT32' },
        { name: 'a', data: [1], type: 'INT32' },
      ]),
      'input_data0: it has the column "a" twice',
    ],
    [
      'its end cut off',
      parquetOf([{ name: 'a', data: [1], type: 'INT32' }]).subarray(0, 60),
      'input_data0: it begins with PAR1 as a Parquet file, and does not end so',
    ],
  ])('with %s is refused', async (_what, bytes, message) => {
    expect((await refusalOf(readParquet(bytes))).message).toContain(message);
  });

  const plain = parquetOf(
    [
      { name: 'a', data: Array.from({ length: 20 }, (_, i) => i), type: 'INT32' },
      { name: 'b', data: Array.from({ length: 20 }, () => 'same'), type: 'STRING' },
    ],
    { rowGroupSize: 10 },
  );
  type Metadata = Parameters<Parameters<typeof withMetadata>[1]>[0];
  const group = (metadata: Metadata, i = 0) => metadata.row_groups[i] as Metadata['row_groups'][number];
  const chunk = (metadata: Metadata, i = 0) =>
    group(metadata, i).columns[0]?.meta_data as NonNullable<
      Metadata['row_groups'][number]['columns'][number]['meta_data']
    >;

  it.each<[string, (metadata: Metadata) => void, string]>([
    [
      'other rows in all',
      (m) => void Object.assign(m, { num_rows: 21n }),
      'its row groups have 20 rows, and its metadata say 21',
    ],
    [
      'fewer rows than in its pages',
      (m) => {
        m.num_rows = 19n;
        group(m, 1).num_rows = 9n;
        for (const { meta_data } of group(m, 1).columns) if (meta_data) meta_data.num_values = 9n;
      },
      'row group 2, column "a": its pages have more rows than the row group.',
    ],
    [
      'more rows than in its pages',
      (m) => {
        m.num_rows = 21n;
        group(m, 1).num_rows = 11n;
        for (const { meta_data } of group(m, 1).columns) if (meta_data) meta_data.num_values = 11n;
      },
      'row group 2, column "a": its pages have 1 rows fewer than the row group.',
    ],
    [
      'a trillion rows',
      (m) => {
        m.num_rows = 10n ** 12n + 10n;
        group(m).num_rows = 10n ** 12n;
        for (const { meta_data } of group(m).columns) if (meta_data) meta_data.num_values = 10n ** 12n;
      },
      'it has more than 2147483647 rows.',
    ],
    [
      'other values than rows',
      (m) => void Object.assign(chunk(m), { num_values: 11n }),
      'row group 1: the column "a" has 11 values, and the row group 10 rows.',
    ],
    [
      'negative rows',
      (m) => void Object.assign(group(m), { num_rows: -1n }),
      'its metadata lack a number, or have a negative one.',
    ],
    [
      'a chunk outside of the file',
      (m) => void Object.assign(chunk(m), { total_compressed_size: 10n ** 9n }),
      'row group 1: the column "a" lies outside of the file.',
    ],
    [
      'a chunk in its mark',
      (m) => void Object.assign(chunk(m), { data_page_offset: 0n }),
      'row group 1: the column "a" lies outside of the file.',
    ],
    [
      'row groups in another order',
      (m) => void m.row_groups.reverse(),
      'row group 2 begins before the one before it ends.',
    ],
    [
      'columns in another order',
      (m) => void group(m).columns.reverse(),
      'its metadata have another column in the place of the column "a".',
    ],
    [
      'a column too few',
      (m) => void group(m).columns.pop(),
      'row group 1: it has 1 columns, and the schema 2.',
    ],
    [
      'a column in another file',
      (m) => void Object.assign(group(m).columns[0] ?? { file_path: '' }, { file_path: 'x' }),
      'the column "a" is in another file.',
    ],
    [
      'columns that are no children',
      (m) => void Object.assign(m.schema[0] ?? { num_children: 0 }, { num_children: 1 }),
      'its metadata have another number of columns than they say.',
    ],
    [
      'too many columns',
      (m) =>
        void m.schema.push(
          ...Array.from({ length: 4095 }, (_, i) => ({ ...(m.schema[1] ?? { name: '' }), name: `c${i}` })),
        ),
      'it has more than 4096 columns.',
    ],
    [
      'a page that is cut off',
      (m) => void Object.assign(chunk(m), { total_compressed_size: chunk(m).total_compressed_size - 1n }),
      'row group 1, column "a": a page is longer than the column.',
    ],
    [
      'a repeated column',
      (m) => void Object.assign(m.schema[1] ?? { name: '' }, { repetition_type: 'REPEATED' }),
      'the column "a" is repeated (a list)',
    ],
    [
      'bytes read as numbers',
      (m) => void Object.assign(m.schema[2] ?? { name: '' }, { type: 'DOUBLE' }),
      'input_data0',
    ],
  ])('with %s is refused', async (_what, change, message) => {
    expect((await refusalOf(readParquet(withMetadata(plain, change)))).message).toContain(message);
  });

  it('whose metadata are longer than it is, or too long, is refused', async () => {
    for (const [length, message] of [
      [plain.length, 'input_data0: its metadata are longer than the file.'],
      [2 ** 31, 'input_data0: its metadata have more than 16 MiB. Write the file with fewer row groups.'],
      [7, 'input_data0: its metadata '],
    ] as const) {
      const bytes = Uint8Array.from(plain);
      new DataView(bytes.buffer).setUint32(bytes.length - 8, length, true);
      expect((await refusalOf(readParquet(bytes))).message).toContain(message);
    }
  });

  it('whose text is thousands of times as long is refused', async () => {
    const long = 'x'.repeat(1 << 23);
    const bomb = parquetOf([{ name: 'a', data: Array.from({ length: 200 }, () => long), type: 'STRING' }], {
      codec: 'ZSTD',
    });
    expect(bomb.length).toBeLessThan(10_000);
    const error = await refusalOf(readParquet(bomb, { keep: false }));
    expect([error.code, error.message]).toEqual([
      'too-large',
      'input_data0, row group 1: the text of its values is more than 4096 times as long as the file.',
    ]);
  });

  it('with a checksum is read if it is right', async () => {
    const bytes = bytesOf(checked);
    expect(await readParquet(bytes)).toBe('a\n1.5\n2.5\n');
    bytes[35] = 1;
    expect((await refusalOf(readParquet(bytes))).message).toBe(
      `${at}a page has another checksum than it says.`,
    );
  });

  it('says a codec that is not read', async () => {
    const raw = (bytes: Uint8Array) => bytes;
    for (const codec of ['LZO', 'LZ4'] as const) {
      const bytes = parquetOf([{ name: 'a', data: [1], type: 'INT32' }], {
        codec,
        compressors: { LZO: raw, LZ4: raw },
      });
      expect((await refusalOf(readParquet(bytes))).message).toContain(
        `the column "a" is compressed with ${codec === 'LZO' ? 'LZO' : 'the LZ4 that is no LZ4_RAW'}. Write it with ZSTD`,
      );
    }
  });
});

describe('a file of a stranger', () => {
  const words = Array.from({ length: 60 }, (_, i) => (i % 7 === 0 ? null : `word ${i % 5}`));
  const whole = Array.from({ length: 60 }, (_, i) => (i * i) % 997);
  const columns = [
    { name: 'w', data: words, type: 'STRING' },
    { name: 'i', data: whole, type: 'INT32', encoding: 'DELTA_BINARY_PACKED' },
    { name: 'd', data: whole.map((one) => one / 8), type: 'DOUBLE', encoding: 'BYTE_STREAM_SPLIT' },
    { name: 'b', data: whole.map((one) => one % 2 === 0), type: 'BOOLEAN' },
    { name: 's', data: whole.map((one) => `text ${one}`), type: 'STRING', encoding: 'DELTA_BYTE_ARRAY' },
    { name: 't', data: whole.map((one) => new Date(one * 1e9)), type: 'TIMESTAMP' },
  ] as const;
  const seeds = [
    ...Object.values(files).map(bytesOf),
    ...(['UNCOMPRESSED', 'SNAPPY', 'GZIP', 'BROTLI', 'ZSTD'] as const).map((codec) =>
      parquetOf(structuredClone(columns) as never, { codec, rowGroupSize: 25 }),
    ),
  ];

  it(`is read or refused, soon and in little memory: ${RUNS} files`, async () => {
    for (const seed of seeds) expect((await readParquet(seed)).length).toBeGreaterThan(10);
    let refused = 0;
    await fc.assert(
      fc.asyncProperty(fc.nat(seeds.length - 1), mutations, async (which, changes) => {
        // Without the marks at both ends.
        const bytes = mutate(seeds[which] ?? new Uint8Array(0), changes, 4);
        const memory = process.memoryUsage().arrayBuffers;
        const before = process.threadCpuUsage();
        await readParquet(bytes).catch((error: unknown) => {
          expect(error).toBeInstanceOf(FunctionError);
          expect((error as FunctionError).message).toMatch(/^input_data0/);
          refused++;
        });
        const { user, system } = process.threadCpuUsage(before);
        expect((user + system) / 1000).toBeLessThan(SLOW);
        expect(process.memoryUsage().arrayBuffers - memory).toBeLessThan(300 << 20);
      }),
      { numRuns: RUNS },
    );
    expect(refused).toBeGreaterThan(RUNS / 4);
  });
});
