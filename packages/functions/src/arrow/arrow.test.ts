import { zstdCompressSync } from 'node:zlib';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Meaning } from '../columns/meaning.ts';
import { FunctionError } from '../refusal.ts';
import {
  arrowOf,
  batchOf,
  byte,
  type CraftedBatch,
  field,
  int,
  long,
  messageOf,
  readArrow,
  recordsOf,
  schemaOf,
  short,
  streamOf,
  words,
} from '../testing/arrow.ts';
import { files } from '../testing/arrow-files.ts';
import { mutate, mutations } from '../testing/mutate.ts';
import { refusalOf } from '../testing/refusal-of.ts';
import type { Node } from './flat-writer.ts';

/** Mutated files; more with GAIWAN_FUZZ_RUNS, of which the slowest of ten thousand are enough. */
const RUNS = Math.min(10_000, Number(process.env['GAIWAN_FUZZ_RUNS'] ?? 1500));
/** Milliseconds of processor time that no file of a kilobyte may take. */
const SLOW = 2000;

const bytesOf = (base64: string): Uint8Array => Uint8Array.from(Buffer.from(base64, 'base64'));
const NOTHING = new Uint8Array(0);

/** One value of one column, out of bytes of our own making. */
const one = (number: number, type: Node, ...buffers: readonly Uint8Array[]): Promise<string> =>
  readArrow(
    streamOf(
      schemaOf(field('a', number, type)),
      recordsOf({ rows: 1, nodes: [[1, 0]], buffers: [NOTHING, ...buffers] }),
    ),
  );

/** With Zstandard, behind its length. */
const packed = (bytes: Uint8Array): Uint8Array =>
  Buffer.concat([wide(BigInt(bytes.length)), zstdCompressSync(bytes)]);

const wide = (...numbers: readonly bigint[]): Uint8Array =>
  new Uint8Array(BigInt64Array.from(numbers).buffer);

const INT32: Node = { table: [int(32), byte(1)] };

/** A column of the words 1, 2, 3. */
const threes = (change: Partial<CraftedBatch> = {}): Uint8Array =>
  recordsOf({ rows: 3, nodes: [[3, 0]], buffers: [NOTHING, words(1, 2, 3)], ...change });
const whole = field('a', 2, INT32);

describe('Arrow IPC', () => {
  const table = `n,t,w,x\n1,a,red,1.5\n,b,blue,2.5\n3,,red,\n3,${'é'.repeat(40)},,0\n`;

  it('is a table in CSV, whoever wrote it, compressed or not', async () => {
    for (const cut of [5, 1 << 16]) {
      expect(await readArrow(bytesOf(files.lz4), { cut })).toBe(table);
      expect(await readArrow(bytesOf(files.zstd), { cut })).toBe(table);
      expect(await readArrow(bytesOf(files.polars), { cut })).toBe(table.replaceAll(/,[^,\n]*\n/g, '\n'));
    }
  });

  it('may add to a dictionary, and put another one in its place', async () => {
    for (const name of ['deltas', 'replaced'] as const)
      expect(await readArrow(bytesOf(files[name]))).toBe('w\na\nb\n""\nb\na\nc\n');
  });

  it.each<[Meaning, string]>([
    [{ kind: 'boolean' }, 'true'],
    [{ kind: 'integer', bits: 8, signed: true }, '-128'],
    [{ kind: 'integer', bits: 16, signed: false }, '65535'],
    [{ kind: 'integer', bits: 32, signed: false }, '4294967295'],
    [{ kind: 'integer', bits: 64, signed: true }, '-9223372036854775808'],
    [{ kind: 'integer', bits: 64, signed: true }, '-9007199254740993'],
    [{ kind: 'integer', bits: 64, signed: false }, '18446744073709551615'],
    [{ kind: 'decimal', precision: 38, scale: 2 }, `-${'9'.repeat(36)}.99`],
    [{ kind: 'decimal', precision: 38, scale: 0 }, '18446744073709551616'],
    [{ kind: 'decimal', precision: 76, scale: 10 }, `${'9'.repeat(66)}.0000000001`],
    [{ kind: 'half' }, '0.5'],
    [{ kind: 'float' }, '0.1'],
    [{ kind: 'double' }, '0.30000000000000004'],
    [{ kind: 'date' }, '0001-01-01'],
    [{ kind: 'time', digits: 0, utc: false }, '23:59:59'],
    [{ kind: 'time', digits: 9, utc: false }, '23:59:59.000000001'],
    [{ kind: 'timestamp', digits: 0, utc: true }, '1969-12-31T23:59:59Z'],
    [{ kind: 'timestamp', digits: 9, utc: false }, '2024-02-29T00:00:00.000000001'],
    [{ kind: 'uuid' }, '123e4567-e89b-12d3-a456-426614174000'],
    [{ kind: 'text' }, ' 漢字 😀 '],
  ])('has a value of %j as %s, as it was written', async (meaning, text) => {
    const columns = [
      { name: 'a', meaning },
      { name: 'b', meaning },
    ];
    const rows = Array.from({ length: 11 }, (_, i) => (i % 3 === 1 ? ['', text] : [text, text]));
    expect(await readArrow(await arrowOf(columns, rows, [], rows.slice(1)))).toBe(
      `a,b\n${[...rows, ...rows.slice(1)].map((row) => `${row.join(',')}\n`).join('')}`,
    );
  });

  it('has dates of milliseconds, decimals of 32 bits and texts of large offsets', async () => {
    expect(await one(8, { table: [short(1)] }, wide(-86_400_000n))).toBe('a\n1969-12-31\n');
    expect(await one(7, { table: [int(5), int(3), int(32)] }, words(-1))).toBe('a\n-0.001\n');
    expect(await one(20, { table: [] }, wide(1n, 3n), Buffer.from('xabx'))).toBe('a\nab\n');
    expect(await one(15, { table: [int(2)] }, Buffer.from('ab'))).toBe('a\nab\n');
  });

  it.each<[string, Parameters<typeof one>, string]>([
    [
      'a date within a day',
      [8, { table: [short(1)] }, wide(1n)],
      'a date that is not the beginning of a day',
    ],
    [
      'a date of no year',
      [8, { table: [short(0)] }, words(2 ** 31 - 1)],
      'a date outside of the years 1 to 9999',
    ],
    ['a time of no day', [9, { table: [short(0), int(32)] }, words(86_400)], 'a time outside of a day'],
    ['an infinity', [3, { table: [short(1)] }, new Uint8Array(Float32Array.of(1 / 0).buffer)], 'an infinity'],
    [
      'digits beyond its type',
      [7, { table: [int(2), int(0), int(128)] }, wide(100n, 0n)],
      'a decimal with more digits than its type',
    ],
    [
      'bytes that are no text',
      [4, { table: [] }, words(0, 1), Uint8Array.of(255)],
      'bytes that are no text in UTF-8',
    ],
    ['a NUL', [5, { table: [] }, words(0, 1), Uint8Array.of(0)], 'a NUL character'],
    [
      'a text before its buffer',
      [5, { table: [] }, words(-1, 1), Buffer.from('ab')],
      'a text that lies outside',
    ],
    [
      'a text behind its buffer',
      [5, { table: [] }, words(0, 3), Buffer.from('ab')],
      'a text that lies outside',
    ],
    [
      'a text that ends before it begins',
      [5, { table: [] }, words(2, 1), Buffer.from('ab')],
      'a text that lies outside',
    ],
    ['too few offsets', [5, { table: [] }, words(0), Buffer.from('ab')], 'fewer values than rows'],
    ['too few values', [2, INT32, Uint8Array.of(1, 2)], 'fewer values than rows'],
  ])('with %s is refused by its place', async (_what, column, message) => {
    const refusal = await refusalOf(one(...column));
    expect(refusal.message).toContain(`input_data0, record batch 1, column "a": it has ${message}`);
  });

  /** A view of a text of `length` bytes. */
  const view = (length: number, prefix: string, buffer: number, start: number) =>
    Buffer.concat([words(length), Buffer.from(prefix), words(buffer, start)]);
  const views = (bytes: Uint8Array, ...data: readonly Uint8Array[]) =>
    readArrow(
      streamOf(
        schemaOf(field('a', 24)),
        recordsOf({ rows: 1, nodes: [[1, 0]], buffers: [NOTHING, bytes, ...data], views: [[data.length]] }),
      ),
    );
  const LONG = Buffer.from('it has more than twelve bytes');

  it('has texts by views, which are looked at', async () => {
    expect(await views(view(29, 'it h', 0, 0), LONG)).toBe(`a\n${LONG.toString()}\n`);
    expect(await views(view(13, 'has ', 1, 3), NOTHING, LONG)).toBe('a\nhas more than\n');
    for (const [bytes, message] of [
      [view(29, 'it h', 1, 0), 'refers to a buffer that is not there'],
      [view(29, 'it h', -1, 0), 'refers to a buffer that is not there'],
      [view(29, 'it h', 0, 1), 'has a text that lies outside of its buffer'],
      [view(29, 'it h', 0, -1), 'has a text that lies outside of its buffer'],
      [view(-1, 'it h', 0, 0), 'has a text that lies outside of its buffer'],
      [view(29, 'is h', 0, 0), 'has a text that begins otherwise than it says'],
    ] as const)
      expect((await refusalOf(views(bytes, LONG))).message).toContain(`column "a": it ${message}`);
  });

  it.each<[string, readonly Uint8Array[], string]>([
    ['no schema', [threes()], 'input_data0: it does not begin with a schema.'],
    ['nothing but its end', [], 'input_data0: it has no schema.'],
    ['no columns', [schemaOf()], 'input_data0: it has no columns.'],
    ['a second schema', [schemaOf(whole), schemaOf(whole)], 'input_data0, schema 2: it is a second schema.'],
    ['a name twice', [schemaOf(whole, whole)], 'input_data0: it has the column "a" twice.'],
    ['a list', [schemaOf(field('a', 12))], 'input_data0: the column "a" is a list, which has no form'],
    ['a type that is not known', [schemaOf(field('a', 27))], 'the column "a" is of the type 27'],
    ['no type', [schemaOf({ table: [{ text: 'a' }, byte(1), byte(2)] })], 'lack the type of the column "a".'],
    [
      'numbers of 24 bits',
      [schemaOf(field('a', 2, { table: [int(24)] }))],
      'its metadata have a number of 24 bits.',
    ],
    [
      'big-endian numbers',
      [messageOf(1, { table: [short(1), { list: [whole] }] })],
      'input_data0: its numbers are big-endian.',
    ],
    [
      'an old version',
      [messageOf(1, { table: [] }, undefined, 2)],
      'a version of Arrow that is not known here',
    ],
    ['a tensor', [schemaOf(whole), messageOf(4, { table: [] })], 'a message that is no part of a table'],
    [
      'other rows than its columns',
      [schemaOf(whole), threes({ rows: 2 })],
      'input_data0, record batch 1: it has columns of different lengths.',
    ],
    [
      'other columns',
      [schemaOf(whole, field('b', 2, INT32)), threes()],
      'it has 1 columns, and the schema 2.',
    ],
    [
      'too few buffers',
      [schemaOf(whole), threes({ buffers: [NOTHING] })],
      'it has fewer buffers than its columns.',
    ],
    [
      'too many buffers',
      [schemaOf(whole), threes({ buffers: [NOTHING, words(1, 2, 3), NOTHING] })],
      'it has more buffers than its columns.',
    ],
    [
      'a buffer outside of its body',
      [
        schemaOf(whole),
        threes({
          spans: [
            [0, 0],
            [8, 12],
          ],
        }),
      ],
      'it has a buffer outside of its body.',
    ],
    [
      'a buffer before its body',
      [
        schemaOf(whole),
        threes({
          spans: [
            [0, 0],
            [-8, 12],
          ],
        }),
      ],
      'a negative number or a vast one where something is counted.',
    ],
    [
      'a buffer in another one',
      [
        schemaOf(whole),
        threes({
          nodes: [[3, 1]],
          spans: [
            [0, 4],
            [0, 12],
          ],
        }),
      ],
      'it has buffers that lie in each other.',
    ],
    [
      'a trillion rows',
      [schemaOf(whole), threes({ rows: 1e12, nodes: [[1e12, 0]] })],
      'it has more than 134217728 rows. Write the file with smaller batches.',
    ],
    [
      'missing values without saying which',
      [schemaOf(whole), threes({ nodes: [[3, 1]] })],
      'it lacks the list of its missing values.',
    ],
    [
      'other missing values than it says',
      [schemaOf(whole), threes({ nodes: [[3, 1]], buffers: [Uint8Array.of(7), words(1, 2, 3)] })],
      'it has another number of missing values than it says.',
    ],
    [
      'more missing values than rows',
      [schemaOf(whole), threes({ nodes: [[3, 4]] })],
      'it has more missing values than rows.',
    ],
    [
      'a codec that is not known',
      [schemaOf(whole), threes({ compression: { table: [byte(2)] } })],
      'it is compressed with codec 2, which is not known here. Write it with ZSTD or LZ4, or uncompressed.',
    ],
    [
      'a buffer that says it is vast',
      [schemaOf(whole), threes({ compression: { table: [byte(0)] }, buffers: [NOTHING, wide(2n ** 40n)] })],
      'a buffer has a length that no buffer has.',
    ],
    [
      'a buffer that says more than its data can be',
      [
        schemaOf(whole),
        threes({ compression: { table: [byte(0)] }, buffers: [NOTHING, wide(2n ** 28n, 0n)] }),
      ],
      'a buffer has a length that its data cannot have.',
    ],
    [
      'bytes in the place of a message',
      [schemaOf(whole), Buffer.alloc(8)],
      'input_data0, after record batch 0: the stream has other bytes in the place of a message.',
    ],
  ])('with %s is refused', async (_what, messages, message) => {
    expect((await refusalOf(readArrow(streamOf(...messages)))).message).toContain(message);
  });

  const encoded = field('a', 5, { table: [] }, [{ table: [long(7), { table: [int(8), byte(1)] }] }]);
  const dictionary = (change: { id?: number; isDelta?: boolean } = {}) => {
    const { header, body } = batchOf({
      rows: 2,
      nodes: [[2, 0]],
      buffers: [NOTHING, words(0, 1, 2), Buffer.from('xy')],
    });
    return messageOf(
      2,
      { table: [long(change.id ?? 7), header, byte(change.isDelta ? 1 : 0)] },
      Buffer.from(body),
    );
  };
  const indexes = (...bytes: readonly number[]) =>
    recordsOf({ rows: bytes.length, nodes: [[bytes.length, 0]], buffers: [NOTHING, Uint8Array.from(bytes)] });

  it('has dictionaries before those who refer to them, and with what they refer to', async () => {
    const read = (...messages: readonly Uint8Array[]) => readArrow(streamOf(schemaOf(encoded), ...messages));
    expect(await read(dictionary(), indexes(1, 0, 1))).toBe('a\ny\nx\ny\n');
    expect(await read(dictionary(), dictionary({ isDelta: true }), indexes(3, 1))).toBe('a\ny\ny\n');
    for (const [messages, message] of [
      [[indexes(0)], 'record batch 1, column "a": it refers to a dictionary that does not come before it.'],
      [
        [dictionary(), indexes(2)],
        'record batch 1, column "a": it refers to a value that its dictionary does not have.',
      ],
      [
        [dictionary(), indexes(255)],
        'record batch 1, column "a": it refers to a value that its dictionary does not have.',
      ],
      [[dictionary({ id: 8 })], 'input_data0, dictionary 1: it is one that no column has.'],
      [
        [dictionary({ isDelta: true })],
        'input_data0, dictionary 1: it adds to a dictionary that is not there.',
      ],
    ] as const)
      expect((await refusalOf(read(...messages))).message).toContain(message);
  });

  it('that is cut off is refused: a stream without its end, a file without its mark', async () => {
    const file = await arrowOf([{ name: 'a', meaning: { kind: 'double' } }], [['1'], ['2']], [['3']]);
    for (const whole of [bytesOf(files.zstd), file]) {
      for (let length = 8; length < whole.length; length += 7) {
        const refusal = await refusalOf(readArrow(whole.subarray(0, length)));
        expect(refusal.message).toMatch(/^input_data0/);
      }
      expect((await refusalOf(readArrow(Buffer.concat([whole, Buffer.alloc(8)])))).message).toMatch(
        /does not end so|goes on after its end/,
      );
    }
  });

  it('with a file whose end lists other batches than there are is refused', async () => {
    const file = await arrowOf([{ name: 'a', meaning: { kind: 'double' } }], [['1'], ['2']], [['3']]);
    const found = new DataView(file.buffer, file.byteOffset, file.length);
    const end = file.length - 10 - found.getInt32(file.length - 10, true);
    /** Where the end lists the two batches. */
    let list = end;
    while (found.getUint32(list, true) !== 2 || (list + 4) % 8 !== 0) list += 4;
    const changed = (change: (view: DataView) => void) => {
      const bytes = Uint8Array.from(file);
      change(new DataView(bytes.buffer));
      return refusalOf(readArrow(bytes));
    };
    const second = found.getBigInt64(list + 28, true);
    for (const [change, message] of [
      [
        (view: DataView) => view.setBigInt64(list + 4, second + 8n, true),
        'does not list its batches in their order',
      ],
      [
        (view: DataView) => view.setBigInt64(list + 28, second - 8n, true),
        'lists batches that lie in each other',
      ],
      [
        (view: DataView) => view.setBigInt64(list + 44, 1n << 40n, true),
        'lists batches that lie in each other, or outside',
      ],
      [(view: DataView) => view.setInt32(list + 12, 8, true), 'its end lists a batch where none is'],
      [
        (view: DataView) => view.setInt32(file.length - 10, file.length, true),
        'its end are longer than the file',
      ],
      [(view: DataView) => view.setInt32(file.length - 10, -1, true), 'its end are longer than the file'],
    ] as const)
      expect((await changed(change)).message).toContain(message);
  });

  it('whose text is thousands of times as long is refused', async () => {
    const text = Buffer.alloc(1 << 23, 'x');
    const { header, body } = batchOf({
      rows: 1,
      nodes: [[1, 0]],
      buffers: [NOTHING, packed(words(0, text.length)), packed(text)],
      compression: { table: [byte(1)] },
    });
    const values = messageOf(2, { table: [long(7), header] }, Buffer.from(body));
    const bomb = streamOf(schemaOf(encoded), values, indexes(...Array.from({ length: 200 }, () => 0)));
    expect(bomb.length).toBeLessThan(3000);
    const error = await refusalOf(readArrow(bomb, { keep: false }));
    expect([error.code, error.message]).toEqual([
      'too-large',
      'input_data0, record batch 1: the text of its values is more than 4096 times as long as the file.',
    ]);
  });

  it('whose buffers are more than half a GiB together is refused before they are', async () => {
    const zeros = packed(new Uint8Array(1 << 26));
    const fields = Array.from({ length: 9 }, (_, i) => field(`c${i}`, 2, INT32));
    const rows = 1 << 24;
    const records = recordsOf({
      rows,
      nodes: fields.map(() => [rows, 0]),
      buffers: fields.flatMap(() => [NOTHING, zeros]),
      compression: { table: [byte(1)] },
    });
    expect((await refusalOf(readArrow(streamOf(schemaOf(...fields), records)))).message).toBe(
      'input_data0, record batch 1, column "c8": it has more than 512 MiB uncompressed. Write the file with smaller batches.',
    );
  });
});

describe('an Arrow file of a stranger', () => {
  const meanings: readonly Meaning[] = [
    { kind: 'text' },
    { kind: 'integer', bits: 32, signed: true },
    { kind: 'boolean' },
    { kind: 'decimal', precision: 38, scale: 2 },
    { kind: 'timestamp', digits: 6, utc: true },
  ];
  const row = (i: number) => [
    i % 7 === 0 ? '' : `word ${i % 5}`,
    String(i),
    String(i % 2 === 0),
    `${i}.25`,
    `2024-01-01T00:00:0${i % 10}Z`,
  ];

  it(`is read or refused, soon and in little memory: ${RUNS} files`, async () => {
    const ours = await arrowOf(
      meanings.map((meaning, i) => ({ name: `c${i}`, meaning })),
      Array.from({ length: 25 }, (_, i) => row(i)),
      Array.from({ length: 25 }, (_, i) => row(i)),
    );
    const seeds = [...Object.values(files).map(bytesOf), ours];
    for (const seed of seeds) expect((await readArrow(seed)).length).toBeGreaterThan(10);
    let refused = 0;
    await fc.assert(
      fc.asyncProperty(fc.nat(seeds.length - 1), mutations, async (which, changes) => {
        // Without the marks at both ends.
        const bytes = mutate(seeds[which] ?? NOTHING, changes, 8);
        const memory = process.memoryUsage().arrayBuffers;
        const before = process.threadCpuUsage();
        await readArrow(bytes, { cut: 4096 }).catch((error: unknown) => {
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
