/** Tables as spreadsheets, pandas, R and databases write them. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FunctionError } from '../refusal.ts';
import { runFunction } from '../testing/run.ts';
import { runs } from '../testing/runs.ts';
import { type Encoding, encode, encodings, lineEnds } from '../testing/text-forms.ts';
import { joinAggregate } from './aggregate.ts';

type Tables = readonly (string | Uint8Array)[];
type Arguments = Readonly<Record<string, unknown>>;

const aggregate = (tables: Tables, aggregates: readonly string[], args: Arguments = {}, cut = 7) =>
  runFunction(
    joinAggregate,
    { num_user: tables.length, key: ['id'], aggregates, ...args },
    Object.fromEntries(tables.map((table, i) => [`input_data${i}`, table])),
    { cut },
  );

const rowsOf = async (...given: Parameters<typeof aggregate>): Promise<string[]> =>
  ((await aggregate(...given)).outputs['output_data0'] ?? '').trimEnd().split('\n').slice(1);

const plain = 'id,v\n51,5\n52,6\n';

describe('tables in other forms', () => {
  it.each<[string, string | Uint8Array]>([
    ['fault 7: bare CRs (Excel "CSV (Macintosh)")', plain.replaceAll('\n', '\r')],
    ['CRLF', plain.replaceAll('\n', '\r\n')],
    ['a byte order mark', encode(plain, 'utf-8 with a mark')],
    ['E4: UTF-16LE', encode(plain, 'utf-16le')],
    ['E4: UTF-16BE', encode(plain, 'utf-16be')],
    ['R3: blanks at the ends of values, and blank lines', 'id,v\n51, 5\n\n52,6\t\n\n\n'],
    ['quotes everywhere', '"id","v"\n"51","5"\n"52","6"\n'],
  ])('%s', async (_what, table) => {
    for (const tables of [
      [table, plain],
      [plain, table],
    ]) {
      expect(await rowsOf(tables, ['sum(0.v)', 'sum(1.v)'])).toEqual(['51,5,5', '52,6,6']);
    }
  });

  it.each<[string, string | Uint8Array, Arguments, string]>([
    [
      'E4: Latin-1',
      Buffer.from('id,v\nJosé,1\n', 'latin1'),
      {},
      'Line 2 of input_data0 is not UTF-8 but in another',
    ],
    [
      'E8: UTF-16 without a mark',
      Buffer.from(plain, 'utf16le'),
      {},
      'Line 1 of input_data0 has a NUL character, as UTF-16',
    ],
    [
      'E8: a blank in the header',
      'id, v\n51,5\n',
      {},
      'no column "v"; it has " v", which differs in blanks or case.',
    ],
    [
      'E8: sep=;',
      'sep=;\nid;v\n51;5\n',
      { delimiter: ';' },
      'it is the line "sep=" of a spreadsheet, not the header',
    ],
    ['E8: another delimiter', 'id;v\n51;5\n', {}, 'it is one column, in which ";" may be the "delimiter".'],
  ])('refuses %s, and says what to do', async (_what, table, args, message) => {
    const run = aggregate([table, table], ['sum(0.v)'], args);
    await expect(run).rejects.toThrow(message);
    await expect(run).rejects.toBeInstanceOf(FunctionError);
  });

  it('S5, R2: a key with an empty part matches nothing, and is counted', async () => {
    const { text } = await aggregate(['id,v\n,1\nx,2\n', 'id\n\n""\nx\n'], ['sum(v)']);
    expect(text).toBe(
      '1 row\ninput_data0: 2 rows, 1 used, 1 with an empty key\ninput_data1: 1 row, 1 used, 2 blank',
    );
    const parts = { key: ['id', 'part'], join: 'left' };
    const tables = ['id,part,v\n,y,1\nx,,2\nx,y,3\n', 'part,id\ny,\n,x\ny,x\n'];
    const { text: left, outputs } = await aggregate(tables, ['sum(v)', 'rows'], parts);
    expect(outputs['output_data0']).toBe('id,part,sum(v),rows\nx,y,3,2\n');
    expect(left).toContain('input_data1: 3 rows, 1 used, 2 with an empty key');
    expect(
      (await aggregate([`id,v\n'',1\n`, 'id,v\n ,2\n'], ['rows'], { normalize: ['trim', 'quotes'] })).text,
    ).toContain('input_data1: 1 row, 0 used, 1 with an empty key');
  });

  it('S5: names of columns with points', async () => {
    const tables = ['id,1.rate\nx,3\n', 'id,rate\nx,4\n'];
    expect(await rowsOf(tables, ['sum("1.rate")', 'sum(1."rate")', 'sum(0."1.rate")'])).toEqual(['x,3,4,3']);
    await expect(aggregate(tables, ['sum(1.rate)'])).rejects.toThrow(
      'Row 1 of input_data0: the header has a column "1.rate": in "aggregates" write "1.rate" for it, and 1."rate" for the column of party 1, quotes included.',
    );
    await expect(aggregate(['id,2024.rev\nx,1\n', 'id\nx\n'], ['sum(2024.rev)'])).rejects.toThrow(
      'parties go from 0 to 1. For the column "2024.rev", quote its name: sum("2024.rev").',
    );
    expect(await rowsOf(['id,2024.rev\nx,1\n', 'id\nx\n'], ['sum("2024.rev")'])).toEqual(['x,1']);
    expect(await rowsOf(['id,"a""b"\nx,1\n', 'id\nx\n'], ['sum("a""b")'])).toEqual(['x,1']);
    await expect(aggregate(tables, ['sum("rate)'])).rejects.toThrow('A column may be quoted');
  });

  it('S5: the decimal mark and the mark between thousands are what the arguments say', async () => {
    const german = ['id;v\nx;1.234,50\nx;-0,5\nx;7\n', 'id;v\nx;1\n'];
    const args = { delimiter: ';', decimal_mark: ',', group_mark: '.' };
    expect(await rowsOf(german, ['sum(0.v)'], args)).toEqual(['x,1241.00']);
    await expect(aggregate(german, ['sum(0.v)'], { ...args, group_mark: '' })).rejects.toThrow(
      'Row 2 of input_data0: column "v": it is no decimal number',
    );
    await expect(aggregate(german, ['sum(0.v)'], { delimiter: ';' })).rejects.toThrow('"decimal_mark"');
    await expect(aggregate(german, ['rows'], { decimal_mark: ',', group_mark: ',' })).rejects.toThrow(
      'are the same',
    );
    const spaces = ['id;v\nx;1\u202f234\u00a0567,5\n', 'id\nx\n'];
    expect(
      await rowsOf(spaces, ['sum(v)'], {
        delimiter: ';',
        decimal_mark: ',',
        group_mark: ' ',
        numbers: 'float',
      }),
    ).toEqual(['x,1234567.5']);
    for (const wrong of ['1.23', '12.3456', '.123', '1..234', '1.234.56']) {
      await expect(aggregate([`id;v\nx;${wrong}\n`, 'id\nx\n'], ['sum(v)'], args)).rejects.toThrow(
        'no decimal number',
      );
    }
  });

  it('R4: decimals of any length are exact', async () => {
    const long = [
      '9007199254740993',
      '-0.30000000000000004',
      '9999999999999.99',
      '0.001',
      '12345678901234567890123.5',
    ];
    const table = `id,v\n${long.map((value) => `x,${value}\n`).join('')}y,1234567890123456\nz,1.5\n`;
    expect(await rowsOf([table, 'id\nx\ny\nz\n'], ['sum(v)', 'min(v)', 'max(v)', 'count(v)'])).toEqual([
      'x,12345687918433822631116.19099999999999996,-0.30000000000000004,12345678901234567890123.50000000000000000,5',
      'y,1234567890123456.00,1234567890123456.00,1234567890123456.00,1',
      'z,1.50,1.50,1.50,1',
    ]);
  });

  it('S5: says that floats have no place for all digits of whole numbers, where they have none', async () => {
    const sums = async (value: string, more: Arguments = {}) => {
      const { text, outputs } = await aggregate([`id,v\nx,${value}\n`, 'id\nx\n'], ['sum(v)'], {
        numbers: 'float',
        ...more,
      });
      return [outputs['output_data0']?.split('\n')[1], text.includes('Warning: whole numbers were rounded')];
    };
    expect(await sums('9007199254740993')).toEqual(['x,9007199254740992', true]);
    expect(await sums('-9007199254740993')).toEqual(['x,-9007199254740992', true]);
    expect(await sums('9.007.199.254.740.993', { group_mark: '.', decimal_mark: ',' })).toEqual([
      'x,9007199254740992',
      true,
    ]);
    for (const value of ['9007199254740994', '9007199254740991', '1e300', '0.1', '9007199254740993.5'])
      expect((await sums(value))[1]).toBe(false);
    expect(await sums('9007199254740993', { numbers: 'decimal' })).toEqual(['x,9007199254740993', false]);
  });

  it('S5: says for how many keys a join in SQL would multiply rows', async () => {
    const a = 'id,v\nx,1\nx,2\ny,5\ny,5\nz,1\n';
    const b = 'id,w\nx,10\nx,20\nx,30\ny,1\nz,1\n';
    const { text, outputs } = await aggregate([a, b], ['sum(v)', 'sum(w)']);
    expect(outputs['output_data0']).toBe('id,sum(v),sum(w)\nx,3,60\ny,10,1\nz,1,1\n');
    expect(text).toContain('keys with several rows in more than one table: 1 (each row is counted once');
  });

  it.each<[string, string, string, string, readonly string[]]>([
    ['CRLF and LF in a quoted key', '"a\r\nb"', '"a\nb"', 'carriage returns inside (input_data0)', []],
    ['normal forms', 'é', 'e\u0301', 'accents as characters of their own', ['nfc']],
    ['a blank at the end', 'x', 'x ', 'blanks around them (input_data1)', ['trim']],
    ['case', 'X', 'x', 'upper case (input_data0)', ['case']],
    ['quotes of another kind', "'x'", 'x', 'quotes around them (input_data0)', ['quotes']],
    ['leading zeros', '007', '7', 'leading zeros (input_data0)', []],
  ])(
    'S5: keys that differ in %s: a warning says so, without the keys',
    async (_what, a, b, what, normalize) => {
      for (const join of ['inner', 'left']) {
        const tables = [`id,v\n${a},1\n`, `id,v\n${b},2\n`];
        const { text } = await aggregate(tables, ['sum(1.v)'], { join });
        expect(text).toContain(what);
        expect(text).toContain('Warning: nothing is common to all');
        if (normalize.length > 0) {
          const { outputs } = await aggregate(tables, ['sum(1.v)'], { join, normalize });
          expect(outputs['output_data0']).toMatch(/,2\n$/);
        }
      }
    },
  );

  it('leaves out groups behind which are fewer rows of a party than asked for, and counts them', async () => {
    const a = 'id,v,who\nx,1,p\nx,2,p\ny,3,q\nz,4,p\nz,5,q\n';
    const b = 'id,w,who\nx,10,r\nx,20,s\ny,30,r\ny,30,s\nz,40,r\nz,50,\n';
    const rows = await aggregate([a, b], ['sum(v)', 'sum(w)'], { least_group: 2 });
    expect(rows.outputs['output_data0']).toBe('id,sum(v),sum(w)\nx,3,30\nz,9,90\n');
    expect(rows.text).toBe(
      '2 rows\ninput_data0: 5 rows, 5 used\ninput_data1: 6 rows, 6 used\n' +
        'rows left out, as fewer than 2 rows or individuals of a party are behind them: 1\n' +
        'keys with several rows in more than one table: 2 (each row is counted once, where a join in SQL multiplies them)',
    );
    const people = { least_group: 2, individual: 'who' };
    // x: one individual of party 0; z: one of party 1, as an empty one is none.
    expect(await rowsOf([a, b], ['sum(v)', 'sum(w)'], people)).toEqual([]);
    expect(await rowsOf([a, `${b}z,1,t\n`], ['sum(v)', 'sum(w)'], people)).toEqual(['z,9,91']);
    // In a left join a party without rows of the key is no reason.
    expect(await rowsOf([a, 'id,w\ny,1\n'], ['sum(v)'], { join: 'left', least_group: 2 })).toEqual([
      'x,3',
      'z,9',
    ]);
  });

  it('leaves cells empty behind which fewer rows, or individuals, have a value, and counts them', async () => {
    const a = 'id,v,who\nx,,p\nx,7,q\nx,,r\ny,1,p\ny,2,q\ny,,r\n';
    const b = 'id,v,w,who\nx,4,1,s\nx,5,2,t\ny,,,s\ny,,,t\n';
    const asked = ['sum(0.v)', 'mean(0.v)', 'count(0.v)', 'sum(v)', 'count(v)', 'sum(w)', 'rows'];
    const { text, outputs } = await aggregate([a, b], asked, { least_group: 2 });
    // Of x, one row of party 0 has a value; of y, none of party 1.
    expect(outputs['output_data0']).toBe(`id,${asked.join(',')}\nx,,,,,,3,5\ny,3,1.5,2,,,,5\n`);
    expect(text).toContain(
      'cells left empty, as fewer than 2 rows or individuals of a party with a value are behind them: 8',
    );
    const people = { least_group: 2, individual: 'who' };
    const repeated = 'id,v,who\nx,1,p\nx,2,p\nx,,q\ny,1,p\ny,2,q\n';
    expect(await rowsOf([repeated, b], ['sum(0.v)', 'count(0.v)'], people)).toEqual(['x,,', 'y,3,2']);
    // A party without rows of the group is not behind the figure.
    const left = { least_group: 2, join: 'left' };
    expect(await rowsOf([repeated, 'id,v\nz,1\n'], ['sum(v)', 'count(1.v)'], left)).toEqual([
      'x,3,0',
      'y,3,0',
    ]);
    expect(await rowsOf([repeated, b], ['sum(0.v)', 'count(0.v)'])).toEqual(['x,3,2', 'y,3,2']);
    // Long numbers are values, too.
    const long = `id,v\nx,12345678901234567890\nx,1\n`;
    expect(await rowsOf([long, 'id\nx\nx\n'], ['sum(v)'], { least_group: 2 })).toEqual([
      'x,12345678901234567891',
    ]);
  });

  it('tells no figure of fewer values than asked for, whatever the rows and the batches', async () => {
    const row = fc.record({
      id: fc.constantFrom('a', 'b'),
      who: fc.constantFrom('', 'p', 'q', 'r'),
      v: fc.constantFrom('', '1', '2', '12345678901234567890'),
    });
    const table = fc.array(row, { minLength: 1, maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(
        fc.tuple(table, table),
        fc.integer({ min: 2, max: 4 }),
        fc.constantFrom('inner', 'left'),
        fc.boolean(),
        async (tables, least, join, people) => {
          const size = (rows: (typeof tables)[number]) =>
            people ? new Set(rows.map(({ who }) => who).filter((who) => who !== '')).size : rows.length;
          const texts = tables.map(
            (rows) => `id,who,v\n${rows.map(({ id, who, v }) => `${id},${who},${v}\n`).join('')}`,
          );
          const args = { least_group: least, join, ...(people ? { individual: 'who' } : {}) };
          for (const line of await rowsOf(texts, ['count(0.v)', 'count(1.v)', 'count(v)'], args)) {
            const [id, ...cells] = line.split(',');
            const own = tables.map((rows) => rows.filter((one) => one.id === id));
            const valued = own.map((rows) => rows.filter(({ v }) => v !== ''));
            const isTold = (party: number) => own[party]?.length === 0 || size(valued[party] ?? []) >= least;
            const count = (party: number) => valued[party]?.length ?? 0;
            expect(cells).toEqual([
              isTold(0) ? String(count(0)) : '',
              isTold(1) ? String(count(1)) : '',
              isTold(0) && isTold(1) ? String(count(0) + count(1)) : '',
            ]);
          }
        },
      ),
      { numRuns: runs(100) },
    );
  });

  it.each<[Arguments, string]>([
    [{ individual: 'v' }, 'The argument "individual" wants "least_group": 2 or more.'],
    [{ individual: 'who', least_group: 2 }, 'Row 1 of input_data0: the header has no column "who".'],
    [{ format: 'pairs' }, '"key" must be ["name"]'],
    [{ normalize: ['lower'] }, 'here it may have trim, quotes, nfc, case.'],
  ])('refuses %j', async (args, message) => {
    await expect(aggregate([plain, plain], ['sum(v)'], args)).rejects.toThrow(message);
  });

  it('refuses a misspelt argument: its default would let small groups out', async () => {
    await expect(aggregate([plain, plain], ['rows'], { least_gruop: 5 })).rejects.toThrow(
      'There is no argument "least_gruop". There are num_user, key,',
    );
  });

  it.each(['min', 'max'])('refuses %s with "least_group": it is one row\'s value', async (which) => {
    await expect(aggregate([plain, plain], ['rows', `${which}(v)`], { least_group: 2 })).rejects.toThrow(
      `The argument "aggregates" has "${which}(v)": with "least_group" extremes are refused, as each is a value of one row.`,
    );
  });

  it.each([
    [3, 'The argument "num_user" is 3, but the task has no input_data2.'],
    [1, 'The argument "num_user" must be at least 2, not 1.'],
  ])('E6: "num_user" %i with two tables is refused by both numbers', async (num_user, message) => {
    await expect(aggregate([plain, plain], ['rows'], { num_user })).rejects.toThrow(message);
    await expect(aggregate([plain, plain, plain], ['rows'], { num_user: 2 })).rejects.toThrow(
      'is 2, but the task has an input_data2, which would be left out.',
    );
  });

  it.each(encodings)('fault 4: pairs of a name and an amount in %s', async (encoding) => {
    const args = { format: 'pairs', key: ['name'] };
    const marked = encode('ann : 1\nbob : 2\n', encoding);
    expect(await rowsOf([marked, 'bob : 3\nann : 5\n'], ['sum(amount)'], args)).toEqual(['ann,6', 'bob,5']);
  });

  it('counts individuals as a set does, whatever the order and the batches', async () => {
    const row = fc.record({
      id: fc.constantFrom('a', 'b', 'c'),
      who: fc.constantFrom('', 'p', 'q', 'r', 'é'),
    });
    const table = fc.array(row, { minLength: 1, maxLength: 25 });
    await fc.assert(
      fc.asyncProperty(
        fc.array(table, { minLength: 2, maxLength: 3 }),
        fc.integer({ min: 2, max: 4 }),
        fc.constantFrom('inner', 'left'),
        fc.boolean(),
        async (tables, least, join, people) => {
          const sizes = tables.map((rows) => (id: string) => {
            const own = rows.filter((one) => one.id === id);
            const size = people
              ? new Set(own.map(({ who }) => who).filter((who) => who !== '')).size
              : own.length;
            return own.length === 0 ? undefined : size;
          });
          const ids = [...new Set(tables[0]?.map(({ id }) => id))];
          const expected = ids.filter((id) =>
            sizes.every((size) => {
              const found = size(id);
              return found === undefined ? join === 'left' : found >= least;
            }),
          );
          const texts = tables.map(
            (rows) => `id,who\n${rows.map(({ id, who }) => `${id},${who}\n`).join('')}`,
          );
          const args = { least_group: least, join, ...(people ? { individual: 'who' } : {}) };
          expect(
            await rowsOf(
              texts,
              ['count(0.id)'].map(() => 'rows'),
              args,
            ),
          ).toEqual(expected.map((id) => `${id},${tables.flat().filter((one) => one.id === id).length}`));
        },
      ),
      { numRuns: runs(100) },
    );
  });

  it('agrees with a reference reader in any encoding, line end, quoting, delimiter, decimal mark and order of columns', async () => {
    const id = fc.constantFrom('x', 'é', 'a,b', 'say "y"', 'two\nlines', '漢', '1;2', '');
    const value = fc.oneof(
      fc.constant(''),
      fc.tuple(fc.bigInt(-(10n ** 30n), 10n ** 30n), fc.nat(4)),
      fc.tuple(fc.bigInt(-9999n, 9999n), fc.nat(4)),
    );
    const table = fc.record({
      rows: fc.array(fc.tuple(id, value), { maxLength: 12 }),
      encoding: fc.constantFrom<Encoding>(...encodings),
      end: fc.constantFrom(...lineEnds),
      always: fc.boolean(),
      turned: fc.boolean(),
      blanks: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.tuple(table, table),
        fc.constantFrom(',', ';', '\t', '|'),
        fc.constantFrom('.', ','),
        fc.integer({ min: 1, max: 60 }),
        async (tables, delimiter, decimal_mark, cut) => {
          const files = tables.map(({ rows, encoding, end, always, turned, blanks }) => {
            const quoted = (text: string) =>
              always || /[",;|\t\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
            const number = (given: (typeof rows)[number][1]) => {
              if (given === '') return '';
              const text = placed(...given).replace('.', decimal_mark);
              return blanks ? ` ${text} ` : text;
            };
            const lines = [['id', 'v'], ...rows.map(([key, given]) => [key, number(given)])];
            const text = lines
              .map((line) => (turned ? line.toReversed() : line).map(quoted).join(delimiter) + end)
              .join('');
            return encode(text, encoding);
          });
          const total = tables.map(({ rows }) => {
            const sums = new Map<string, bigint | undefined>();
            for (const [key, given] of rows) {
              if (key === '') continue;
              const before = sums.get(key);
              sums.set(key, given === '' ? before : (before ?? 0n) + given[0] * 10n ** BigInt(4 - given[1]));
            }
            return sums;
          });
          const { text, outputs } = await aggregate(
            files,
            ['sum(0.v)', 'sum(1.v)'],
            { delimiter, decimal_mark },
            cut,
          );
          const common = [...(total[0]?.keys() ?? [])].filter((key) => total[1]?.has(key));
          expect(text.split('\n')[0]).toBe(`${common.length} row${common.length === 1 ? '' : 's'}`);
          const often = (key: string) =>
            tables.every(({ rows }) => rows.filter(([one]) => one === key).length > 1);
          const repeated = common.filter(often).length;
          expect(/more than one table: (\d+)/.exec(text)?.[1] ?? '0').toBe(String(repeated));
          const shown = (sum: bigint | undefined) => (sum === undefined ? '' : placed(sum, 4));
          const quoted = (key: string) => (/[",\n]/.test(key) ? `"${key.replaceAll('"', '""')}"` : key);
          const plainly = (csv: string) =>
            csv.replaceAll(/(\.\d*?)0+(?=[,\n])/g, '$1').replaceAll(/\.(?=[,\n])/g, '');
          const expected = common.map(
            (key) => `${quoted(key)},${shown(total[0]?.get(key))},${shown(total[1]?.get(key))}\n`,
          );
          expect(plainly(outputs['output_data0'] ?? '')).toBe(
            plainly(`id,sum(0.v),sum(1.v)\n${expected.join('')}`),
          );
        },
      ),
      { numRuns: runs(200) },
    );
  });
});

/** `mantissa / 10^decimals`, with all decimals. */
function placed(mantissa: bigint, decimals: number): string {
  const digits = String(mantissa)
    .replace('-', '')
    .padStart(decimals + 1, '0');
  const text = decimals === 0 ? digits : `${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`;
  return mantissa < 0n ? `-${text}` : text;
}
