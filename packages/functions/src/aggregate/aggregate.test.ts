import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FunctionError } from '../refusal.ts';
import { runFunction } from '../testing/run.ts';
import { runs } from '../testing/runs.ts';
import { joinAggregate } from './aggregate.ts';

type Tables = readonly (string | Uint8Array)[];

const aggregate = (
  tables: Tables,
  aggregates: readonly string[],
  args: Readonly<Record<string, unknown>> = {},
  options = {},
) =>
  runFunction(
    joinAggregate,
    { num_user: tables.length, key: ['id'], aggregates, ...args },
    Object.fromEntries(tables.map((table, i) => [`input_data${i}`, table])),
    options,
  );

const rowsOf = async (...given: Parameters<typeof aggregate>) =>
  ((await aggregate(...given)).outputs['output_data0'] as string).trimEnd().split('\n').slice(1);

/** `mantissa / 10^decimals`, with all decimals. */
function placed(mantissa: bigint, decimals: number): string {
  const digits = String(mantissa)
    .replace('-', '')
    .padStart(decimals + 1, '0');
  const text = decimals === 0 ? digits : `${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`;
  return mantissa < 0n ? `-${text}` : text;
}

describe('builtin-join-aggregate', () => {
  it('takes the rows of a key together before it joins', async () => {
    const a = 'id,amount\nx,1\ny,2\nx,3\nz,4\n';
    const b = 'amount,other,id\n10,a,x\n20,b,x\n30,c,y\n';
    const { text, outputs } = await aggregate(
      [a, b],
      ['sum(0.amount)', 'sum(1.amount)', 'sum(amount)', 'rows', 'rows(1)'],
    );
    expect(text).toBe(
      '2 rows\ninput_data0: 4 rows, 4 used, 1 different without partner\ninput_data1: 3 rows, 3 used\n' +
        'keys with several rows in more than one table: 1 (each row is counted once, where a join in SQL multiplies them)',
    );
    expect(outputs['output_data1']).toBe(
      'id,sum(0.amount),sum(1.amount),sum(amount),rows,rows(1)\nx,4,30,34,4,2\ny,2,30,32,2,1\n',
    );
  });

  it('leaves empty values out', async () => {
    const a = 'id,v\nx,\nx,5\ny,\n';
    expect(
      await rowsOf([a, 'id\nx\ny\n'], ['sum(v)', 'mean(v)', 'min(v)', 'max(v)', 'count(v)', 'rows(0)']),
    ).toEqual(['x,5,5,5,5,1,2', 'y,,,,,0,1']);
  });

  it('keeps all keys of the first party in a left join', async () => {
    const tables = ['id,v\nx,1\ny,2\n', 'id,v\ny,3\nw,9\n', 'id,v\nx,4\n'];
    expect(await rowsOf(tables, ['sum(1.v)', 'sum(v)'], { join: 'left' })).toEqual(['x,,5', 'y,3,5']);
    expect(await rowsOf(tables, ['sum(v)'])).toEqual([]);
  });

  it('joins by several columns, and quotes what needs it', async () => {
    const a = 'id,"when, where",v\n"a,b","say ""x""",1\na,"b,say x",2\n';
    const b = '"when, where",id,w\n"say ""x""","a,b",3\n"b,say x",a,4\n';
    const options = { key: ['id', 'when, where'] };
    const { outputs } = await aggregate([a, b], ['sum(v)', 'sum(w)'], options);
    expect(outputs['output_data0']).toBe(
      'id,"when, where",sum(v),sum(w)\n"a,b","say ""x""",1,3\na,"b,say x",2,4\n',
    );
  });

  it('reads other delimiters, a byte order mark, CRLF and the old format', async () => {
    expect(
      await rowsOf(['\ufeffid;v\r\n"x,1";1\r\n\r\n', 'id;v\r\n"x,1";2'], ['sum(v)'], { delimiter: ';' }),
    ).toEqual(['"x,1",3']);
    expect(await rowsOf(['id,v\n"x",1\n', 'id,v\nx,"2"\n'], ['sum(v)'])).toEqual(['x,3']);
    const pairs = ['a : 1\nb : 2.5\n', ' b:2\n\n"c" : 1\n'];
    const args = { key: ['name'], format: 'pairs' };
    expect(await rowsOf(pairs, ['sum(amount)'], args)).toEqual(['b,4.5']);
  });

  it('has exact sums, however large', async () => {
    const big = `id,v\n${'x,4503599627370.49\n'.repeat(3000)}x,0.005\n`;
    expect(await rowsOf([big, 'id\nx\n'], ['sum(v)', 'max(v)', 'count(v)'])).toEqual([
      `x,13510798882111${'470.005'},4503599627370.490,3001`,
    ]);
    const negative = `id,v\n${'x,-999999999999999\n'.repeat(20)}x,1\n`;
    expect(await rowsOf([negative, 'id\nx\n'], ['sum(v)', 'min(v)'])).toEqual([
      'x,-19999999999999979,-999999999999999',
    ]);
    expect(await rowsOf([`id,v\n${'x,0.1\n'.repeat(10)}`, 'id\nx\n'], ['sum(v)', 'mean(v)'])).toEqual([
      'x,1.0,0.1',
    ]);
  });

  it('computes with floats where it is asked to', async () => {
    const tables = ['id,v\nx,1.5e-7\nx,12345678901234567890\n', 'id\nx\n'];
    expect(await rowsOf(tables, ['sum(v)', 'min(v)'], { numbers: 'float' })).toEqual([
      'x,12345678901234567000,1.5e-7',
    ]);
    const huge = ['id,v\nx,1e308\nx,1e308\n', 'id\nx\n'];
    await expect(aggregate(huge, ['sum(v)'], { numbers: 'float' })).rejects.toThrow(
      'beyond what a 64-bit float holds',
    );
  });

  it('gives nothing but the number of rows to a party without an output', async () => {
    const { text, outputs } = await aggregate(
      ['id\nx\n', 'id\nx\n'],
      ['rows'],
      {},
      { slots: ['output_data1'] },
    );
    expect([text.split('\n')[0], outputs]).toEqual(['1 row', { output_data1: 'id,rows\nx,2\n' }]);
  });

  it.each<[string, Tables, readonly string[], string]>([
    [
      'a ragged row',
      ['id,v\nx,1\ny\n', 'id\nx'],
      ['sum(v)'],
      'Row 3 of input_data0: it has 1 columns, the header has 2.',
    ],
    [
      'a longer row',
      ['id,v\nx,1\n', 'id\nx,1'],
      ['sum(v)'],
      'Row 2 of input_data1: it has 2 columns, the header has 1.',
    ],
    ['an empty file', ['', 'id\nx'], ['rows'], 'input_data0 is empty: its first row must be a header'],
    [
      'no number',
      ['id,v\nx,1\nx,abc\n', 'id\nx'],
      ['sum(v)'],
      'Row 3 of input_data0: column "v": it is no decimal number',
    ],
    ['NaN', ['id,v\nx,NaN\n', 'id\nx'], ['sum(v)'], 'column "v": it is no decimal number'],
    ['infinity', ['id,v\nx,inf\n', 'id\nx'], ['sum(v)'], 'column "v": it is no decimal number'],
    [
      'a number beyond all limits',
      [`id,v\nx,${'1'.repeat(10_001)}\n`, 'id\nx'],
      ['sum(v)'],
      'more than 10000 characters',
    ],
    [
      'no key column',
      ['id,v\nx,1\n', 'ID\nx'],
      ['sum(v)'],
      'Row 1 of input_data1: the header has no column "id"; it has "ID", which differs in blanks or case.',
    ],
    [
      'a column twice',
      ['id,id\nx,1\n', 'id\nx'],
      ['rows'],
      'Row 1 of input_data0: the header has two columns "id".',
    ],
    ['a column nobody has', ['id\nx\n', 'id\nx'], ['sum(v)'], 'No party has a column "v".'],
    [
      'a column that a party lacks',
      ['id,v\nx,1\n', 'id\nx'],
      ['sum(1.v)'],
      'Row 1 of input_data1: the header has no column "v".',
    ],
    [
      'a quote that is not closed',
      ['id,v\nx,"1\n', 'id\nx'],
      ['sum(v)'],
      'Row 2 of input_data0: column 2 has a quote that is not closed.',
    ],
    [
      'what is not UTF-8',
      [Uint8Array.of(0x69, 0x64, 10, 0xff), 'id\nx'],
      ['rows'],
      'Line 2 of input_data0 is not UTF-8',
    ],
    ['an unknown aggregate', ['id\nx\n', 'id\nx'], ['median(v)'], 'write sum(COLUMN)'],
    ['a party that is not there', ['id\nx\n', 'id\nx'], ['sum(2.v)'], 'parties go from 0 to 1'],
    ['no aggregates', ['id\nx\n', 'id\nx'], [], 'must have from 1 to 100 entries, not 0'],
    ['one twice', ['id\nx\n', 'id\nx'], ['rows', 'rows'], 'has an entry twice'],
    [
      'a line without an end',
      ['id\nx\n', new Uint8Array(17 << 20).fill(0x61)],
      ['rows'],
      'longer than 16 MiB',
    ],
  ])('refuses %s', async (_what, tables, aggregates, message) => {
    const run = aggregate(tables, aggregates, {}, { cut: 1 << 20 });
    await expect(run).rejects.toThrow(message);
    await expect(run).rejects.toBeInstanceOf(FunctionError);
  });

  it('refuses a line of the old format that is none', async () => {
    const run = aggregate(['a : 1\nb\n', 'a : 1'], ['sum(amount)'], { key: ['name'], format: 'pairs' });
    await expect(run).rejects.toThrow('Row 2 of input_data0: it is not of the form `name : amount`.');
  });

  it('has no rows where there are none', async () => {
    expect((await aggregate(['id,v\n', 'id\n'], ['sum(v)'])).text).toBe(
      '0 rows\ninput_data0: 0 rows, 0 used\ninput_data1: 0 rows, 0 used\n' +
        'Warning: nothing of input_data0 could be used.\nWarning: nothing of input_data1 could be used.',
    );
    expect((await aggregate(['id,v\nx,1', 'id\nx'], ['sum(v)'])).text).toBe(
      '1 row\ninput_data0: 1 row, 1 used\ninput_data1: 1 row, 1 used',
    );
  });

  it('agrees with a simple reference on exact decimals', async () => {
    const row = fc.record({
      id: fc.constantFrom('a', 'b', 'c', 'd "e"', 'f,g'),
      value: fc.oneof(
        fc.constant(''),
        fc
          .tuple(fc.integer({ min: -(10 ** 8), max: 10 ** 8 }), fc.nat(3))
          .map(([n, scale]) => (n / 10 ** scale).toFixed(scale)),
      ),
    });
    const table = fc.oneof(fc.array(row, { maxLength: 30 }), fc.array(row, { maxLength: 3 }));
    await fc.assert(
      fc.asyncProperty(
        fc.array(table, { minLength: 2, maxLength: 3 }),
        fc.constantFrom('inner', 'left'),
        fc.integer({ min: 1, max: 80 }),
        async (tables, join, cut) => {
          const quoted = (id: string) => (/[",]/.test(id) ? `"${id.replaceAll('"', '""')}"` : id);
          const texts = tables.map(
            (rows) => `id,v\n${rows.map(({ id, value }) => `${quoted(id)},${value}\n`).join('')}`,
          );
          const all = tables.flat();
          const scale = Math.max(
            0,
            // What an inner join leaves out was read all the same.
            ...all.map(({ value }) => (value.includes('.') ? value.length - value.indexOf('.') - 1 : 0)),
          );
          const units = (value: string) => Math.round(Number(value) * 10 ** scale);
          const written = (n: number) => (n / 10 ** scale).toFixed(scale).replace(/^-(0(?:\.0*)?)$/, '$1');
          const first = [...new Set((tables[0] as typeof all).map(({ id }) => id))];
          const keys = first.filter(
            (id) => join === 'left' || tables.every((rows) => rows.some((one) => one.id === id)),
          );
          const expected = keys.map((id) => {
            const values = all
              .filter((one) => one.id === id && one.value !== '')
              .map(({ value }) => units(value));
            const sum = values.reduce((a, b) => a + b, 0);
            const cells =
              values.length === 0
                ? ['', '', '']
                : [sum, Math.min(...values), Math.max(...values)].map(written);
            return [quoted(id), ...cells, values.length, all.filter((one) => one.id === id).length].join(',');
          });
          const got = await aggregate(
            texts,
            ['sum(v)', 'min(v)', 'max(v)', 'count(v)', 'rows'],
            { join },
            { cut },
          );
          expect((got.outputs['output_data0'] as string).split('\n').slice(1, -1)).toEqual(expected);
        },
      ),
      { numRuns: runs(150) },
    );
  });

  it('has exact sums, extremes and means however late the decimals rise, across batches', async () => {
    const part = fc.record({
      digits: fc.integer({ min: 1, max: 15 }),
      decimals: fc.nat(15),
      rows: fc.constantFrom(1, 2, 700, 1023, 1024, 1025, 2100),
      seed: fc.nat(),
      negative: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(part, { minLength: 1, maxLength: 4 }), async (parts) => {
        const values = parts.flatMap(({ digits, decimals, rows, seed, negative }) =>
          Array.from({ length: rows }, (_, i) => {
            const mantissa = (10n ** BigInt(digits) - 1n - BigInt((seed + i) % 9)) * (negative ? -1n : 1n);
            return { mantissa, decimals };
          }),
        );
        const scale = Math.max(...parts.map(({ decimals }) => decimals));
        const units = values.map(({ mantissa, decimals }) => mantissa * 10n ** BigInt(scale - decimals));
        const text = values.map(({ mantissa, decimals }) => `x,${placed(mantissa, decimals)}\n`).join('');
        const sum = units.reduce((a, b) => a + b, 0n);
        const [row = ''] = await rowsOf(
          [`id,v\n${text}`, 'id\nx\n'],
          ['sum(v)', 'min(v)', 'max(v)', 'count(v)', 'mean(v)'],
          {},
          { cut: 1 << 14 },
        );
        const [, total, least, most, count, mean] = row.split(',');
        expect(total).toBe(placed(sum, scale));
        const plain = (text = '') => (text.includes('.') ? text.replace(/\.?0+$/, '') : text);
        const ordered = units.toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0));
        expect(plain(least)).toBe(plain(placed(ordered.at(0) ?? 0n, scale)));
        expect(plain(most)).toBe(plain(placed(ordered.at(-1) ?? 0n, scale)));
        expect(count).toBe(String(units.length));
        // Near enough: which float is the nearest is the test of the division.
        const expected = Number(`${sum}e-${scale}`) / units.length;
        expect(Math.abs(Number(mean) - expected)).toBeLessThanOrEqual(Math.abs(expected) * 1e-15);
      }),
      { numRuns: runs(50) },
    );
  });

  it.each([1, 1023, 1024, 3000])('adds decimals after %i longer values, and before them', async (count) => {
    const long = 'x,999999999999999\n'.repeat(count);
    const sum = `${999999999999999n * BigInt(count)}.01`;
    for (const rows of [`${long}x,0.01\n`, `x,0.01\n${long}`]) {
      const got = await rowsOf([`id,v\n${rows}`, 'id\nx\n'], ['sum(v)', 'min(v)'], {}, { cut: 1 << 14 });
      expect(got).toEqual([`x,${sum},0.01`]);
    }
  });

  it('leaves values out of its refusals', async () => {
    for (const numbers of ['decimal', 'float']) {
      const run = aggregate(['id,v\nx,secret\n', 'id\nx\n'], ['sum(v)'], { numbers });
      await expect(run).rejects.toThrow(/^Row 2 of input_data0: column "v": it is no (?!.*secret)/);
    }
  });

  it('answers or refuses arbitrary bytes with a typed error', async () => {
    const text = fc.string({
      unit: fc.constantFrom('i', 'd', ',', 'v', '1', '.', '-', '"', '\n', '\r'),
      maxLength: 60,
    });
    const table = fc.oneof(
      fc.uint8Array({ maxLength: 60 }),
      text.map((rest) => Buffer.from(`id,v\n${rest}`)),
    );
    await fc.assert(
      fc.asyncProperty(table, table, fc.constantFrom('decimal', 'float'), async (a, b, numbers) => {
        const ended = await aggregate([a, b], ['sum(v)', 'mean(v)'], { numbers }).catch(
          (error: unknown) => error,
        );
        if (ended instanceof Error) expect(ended).toBeInstanceOf(FunctionError);
      }),
      { numRuns: runs(250) },
    );
  });
});
