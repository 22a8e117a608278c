import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Input } from '../function.ts';
import { allocateNumbers } from '../kernels/table.ts';
import { FunctionError } from '../refusal.ts';
import { runs } from '../testing/runs.ts';
import { encode, encodings, lineEnds } from '../testing/text-forms.ts';
import { translator } from './number-text.ts';
import { type RowFormat, rowBatches } from './rows.ts';
import { readTable, type TableFormat } from './table.ts';

/** Chunks of `cut` bytes in memory that is overwritten afterwards. */
function input(text: string | Uint8Array, cut = 7): Input {
  const bytes = Buffer.from(text);
  return {
    size: bytes.length,
    *chunks() {
      for (let at = 0; at < bytes.length; at += cut) {
        const chunk = Uint8Array.from(bytes.subarray(at, at + cut));
        yield chunk;
        chunk.fill(0x58);
      }
    },
  };
}

async function rows(text: string | Uint8Array, format: RowFormat, cut?: number): Promise<number[][]> {
  const all: number[][] = [];
  for await (const { values, rows: count, columns } of rowBatches(input(text, cut), format)) {
    for (let row = 0; row < count; row++) all.push([...values.subarray(row * columns, (row + 1) * columns)]);
  }
  return all;
}

const plain: TableFormat = { columns: 3, bytes: 8, layout: 'rows' };
const table = (text: string, format: Partial<TableFormat> = {}, cut?: number) =>
  readTable(input(text, cut), { ...plain, ...format });

describe('rows', () => {
  it('take LF and CRLF, with and without a line end at the last', async () => {
    expect(await rows('1,2\n3,4\r\n-5.5,1e2', { columns: 2 })).toEqual([
      [1, 2],
      [3, 4],
      [-5.5, 100],
    ]);
    expect(await rows('nan,inf\r\n', { columns: 2 })).toEqual([[Number.NaN, Number.POSITIVE_INFINITY]]);
    expect(await rows('', { columns: 2 })).toEqual([]);
  });

  it.each<[string, RowFormat, string]>([
    ['1,2\n\n3,4\n', { columns: 2 }, 'Empty line'],
    ['\n', { columns: 2 }, 'Empty line'],
    ['1,2\n3\n', { columns: 2 }, 'Data format error: column len = 1, expected = 2'],
    ['1,2,3', { columns: 2 }, 'Data format error: column len = 3, expected = 2'],
    ['1,2,x', { columns: 2 }, 'Data format error: column len = 3, expected = 2'],
    ['1,', { columns: 2 }, 'cannot parse float from empty string'],
    ['1, 2', { columns: 2 }, 'invalid float literal'],
    ['1,2\r', { columns: 2 }, 'invalid float literal'],
    ['1;2', { columns: 1 }, 'invalid float literal'],
    ['1,2\n1,0x2', { columns: 2, locate: true }, 'Row 2, column 2: invalid float literal'],
    ['1,2\n1', { columns: 2, locate: true }, 'Row 2: Data format error: column len = 1, expected = 2'],
    ['1,2\n1,NaN', { columns: 2, finite: true }, 'Row 2, column 2: a finite number is wanted'],
    ['1,2\n1e999,1', { columns: 2, finite: true }, 'Row 2, column 1: a finite number is wanted'],
    ['4e38', { columns: 1, finite: true, single: true }, 'Row 1, column 1: a finite number is wanted'],
    ['1, ,2', { columns: 3, trim: true, emptyField: 'Empty feature' }, 'Empty feature'],
    [' \t ', { columns: 3, trim: true }, 'Empty line'],
    ['1,2', { columns: 3, more: true }, 'Data format error: column len = 2, expected = 3'],
    ['1,2,x', { columns: 2, more: true }, 'invalid float literal'],
    ['1', { columns: 2 ** 40 }, 'longer than a line may be'],
    ['a,b\n1,"x"', { header: true }, 'Row 1, column 2: invalid float literal'],
    ['a,a\n1,2', { header: true }, 'The header has the name "a" twice, again as column 2.'],
    ['a,b\n1,2', { header: true, columns: 3 }, 'column len = 2, expected = 3, in the header'],
    ['a,"b\n1,2', { header: true }, 'quotes of the header'],
    ['', { header: true }, 'The input is empty'],
  ])('%j with %j is refused: %s', async (text, format, message) => {
    const refused = await rows(text, format).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(FunctionError);
    // Where there are numbers, the message ends with the fault: values may be another party's.
    const whole = message.includes('quotes of') || message.includes('is empty') || format.columns === 2 ** 40;
    if (whole || message.includes('in the header')) expect((refused as Error).message).toContain(message);
    else expect((refused as Error).message).toBe(message);
  });

  it('never say what a field holds: others may read the refusal', async () => {
    for (const finite of [false, true]) {
      for (const text of ['1,2\n1,5ecret', '1,2\n1,"5ecret"', '1,2\n1,5,ecret', '1,2\n1,-inf']) {
        const refused = await rows(text, { columns: 2, locate: true, finite }).catch(
          (error: unknown) => error,
        );
        expect(String(refused)).not.toMatch(/ecret|inf\b/);
      }
    }
  });

  it('say a name of the header, short', async () => {
    const name = 'n'.repeat(7_000_000);
    const refused = await rows(`${name},${name}\n`, { header: true }, 1 << 20).catch(
      (error: unknown) => error,
    );
    expect((refused as Error).message).toMatch(
      /^The header has the name "n{40}"\.\.\. twice, again as column 2\.$/,
    );
  });

  it('refuse a line that does not end before it is held whole, also as a header', async () => {
    const endless = new Uint8Array(17 << 20).fill(0x31);
    await expect(rows(endless, { columns: 1 }, 1 << 20)).rejects.toThrow('longer than 16 MiB');
    endless[0] = 0x22;
    for (let at = 1 << 20; at < endless.length; at += 1 << 20) endless[at] = 0x0a;
    await expect(rows(endless, { header: true }, 1 << 20)).rejects.toThrow(
      'The header is longer than 16 MiB.',
    );
  });

  it.each(encodings.flatMap((encoding) => lineEnds.map((end) => [encoding, end] as const)))(
    'R3: are read in %s with line ends %j, blank lines at the end skipped, others refused',
    async (encoding, end) => {
      const read = (text: string, format: RowFormat) =>
        rows(encode(text.replaceAll('\n', end), encoding), format);
      const formats: readonly (readonly [string, RowFormat])[] = [
        ['', { columns: 2, locate: true }],
        ['a,"b\nc"\n', { header: true }],
      ];
      for (const [header, format] of formats) {
        expect(await read(`${header}1,2\n3,4\n\n \t\n\n`, format)).toEqual([
          [1, 2],
          [3, 4],
        ]);
        await expect(read(`${header}1,2\n\n\n3,4\n`, format)).rejects.toThrow('Row 2: Empty line');
        await expect(read(`${header}1,2\n\nx,4\n`, format)).rejects.toThrow('Row 2');
      }
    },
  );

  it('have the delimiter and the marks that the format says', async () => {
    const translate = translator({ decimal: ',', group: '.' });
    const german: RowFormat = { header: true, delimiter: ';', translate, trim: true, finite: true };
    expect(await rows('a;"b;c"\n1,5; 1.234,25\n"-0,5";7\n', german)).toEqual([
      [1.5, 1234.25],
      [-0.5, 7],
    ]);
    for (const wrong of ['1.5;2', '1,2,3;4', '1;', 'nan;1', '1.23;1']) {
      await expect(rows(`a;b\n${wrong}\n`, german)).rejects.toThrow(/^Row 1, column [12]: /);
    }
    expect(await rows('1|2\n"3"|4\n', { columns: 2, delimiter: '|', locate: true, quotes: true })).toEqual([
      [1, 2],
      [3, 4],
    ]);
    expect(await rows('1\t2\n', { columns: 2, delimiter: '\t' })).toEqual([[1, 2]]);
    await expect(rows('1,2\n', { columns: 2, delimiter: ';', locate: true })).rejects.toThrow(
      'column len = 1',
    );
  });

  it('refuse what is not UTF-8', async () => {
    const latin1 = Uint8Array.of(0x31, 10, 0x32, 0xe9);
    await expect(rows(latin1, { columns: 1, locate: true, name: 'input_data' })).rejects.toThrow(
      'Line 2 of input_data ends inside a character of UTF-8: it is cut off, or in another encoding',
    );
    await expect(rows(Uint8Array.of(0x31, 0x2c, 0xff), { columns: 2 })).rejects.toThrow('valid UTF-8');
  });

  it('may have blanks, more fields, quotes and names where the format says so', async () => {
    expect(await rows(' 1 ,\t2\n3,  4 \r\n', { columns: 2, trim: true })).toEqual([
      [1, 2],
      [3, 4],
    ]);
    expect(await rows('1,2,3,4\n5,6\n', { columns: 2, more: true })).toEqual([
      [1, 2],
      [5, 6],
    ]);
    const text = '\ufeff"a ""x""",\r\n"b\nc"\r\n1,"2"\n"3",4';
    expect(await rows('"a\nb",c\r\n1,"2"\n"3",4', { header: true })).toEqual([
      [1, 2],
      [3, 4],
    ]);
    expect(await rows(text.replace(',\r\n', ','), { header: true })).toHaveLength(2);
  });

  it('agree with a naive reader, however they are cut', async () => {
    const field = fc.oneof(
      fc.double().map(String),
      fc.integer().map((n) => String(n / 64)),
      fc.constantFrom('', ' 1', '1 ', 'x', '16777217', '"1"', '1e-46', '+inf'),
    );
    const line = fc.array(field, { minLength: 1, maxLength: 4 }).map((fields) => fields.join(','));
    const lines = fc.array(fc.tuple(line, fc.constantFrom('\n', '\r\n')), { maxLength: 12 });
    const format = fc.record({
      columns: fc.integer({ min: 1, max: 4 }),
      trim: fc.boolean(),
      single: fc.boolean(),
      more: fc.boolean(),
      finite: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(lines, format, fc.integer({ min: 1, max: 60 }), async (list, rules, cut) => {
        const expected: number[][] = [];
        let fails = false;
        for (const [text] of list) {
          const fields = text.split(',').map((one) => (rules.trim ? one.trim() : one));
          fails ||= rules.more ? fields.length < rules.columns : fields.length !== rules.columns;
          const values = fields.map((one) => {
            const value =
              one === '+inf' ? Number.POSITIVE_INFINITY : one === '-Infinity' ? -Infinity : Number(one);
            fails ||= one !== one.trim() || one === '' || (Number.isNaN(value) && one !== 'NaN');
            const rounded = rules.single ? Math.fround(value) : value;
            fails ||= rules.finite && !Number.isFinite(rounded);
            return rounded;
          });
          expected.push(values.slice(0, rules.columns));
        }
        const got = await rows(list.flat().join(''), rules, cut).catch((error: unknown) => error);
        if (fails) expect(got).toBeInstanceOf(FunctionError);
        else
          expect(got).toEqual(expected.map((row) => row.map((value) => (Object.is(value, -0) ? -0 : value))));
      }),
      { numRuns: runs(1000) },
    );
  });
});

describe('tables', () => {
  const many = Array.from({ length: 30_000 }, (_, r) => `${r},${r / 2},${-r}`).join('\n');

  it.each(['rows', 'columns'] as const)('lie as %s, whatever the size said', async (layout) => {
    for (const size of [undefined, 10, many.length]) {
      const got = await readTable(
        { ...input(many, 1 << 12), ...(size === undefined ? {} : { size }) },
        { ...plain, layout, label: 'keep', bytes: 4, single: true },
      );
      expect([got.rows, got.features, got.labels.length]).toEqual([30_000, 2, 30_000]);
      const at = (r: number, c: number) => got.values[layout === 'rows' ? r * 2 + c : c * got.stride + r];
      for (const r of [0, 1, 15_000, 29_999])
        expect([at(r, 0), at(r, 1), got.labels[r]]).toEqual([r, r / 2, 0 - r]);
    }
  });

  it('keep or drop their label, the last one or a named one', async () => {
    expect(await table('1,2,3\n4,5,6')).toMatchObject({ rows: 2, features: 3, names: undefined });
    const dropped = await table('1,2,3\n4,5,6', { label: 'drop' });
    expect([...dropped.values.subarray(0, 4)]).toEqual([1, 2, 4, 5]);
    const named = await table('a,y,b\n1,2,3\n4,5,6', { header: true, label: 'keep', labelName: 'y' });
    expect(named.names).toEqual(['a', 'b']);
    expect([...named.values.subarray(0, 4), ...named.labels]).toEqual([1, 3, 4, 6, 2, 5]);
    await expect(table('a,b,c\n1,2,3', { header: true, label: 'keep', labelName: 'y' })).rejects.toThrow(
      '"y"',
    );
    expect(await table('a,b,c\n', { header: true, label: 'keep' })).toMatchObject({
      rows: 0,
      names: ['a', 'b'],
    });
    expect(await table('')).toMatchObject({ rows: 0, features: 3 });
  });

  it('that do not fit in memory are refused', () => {
    expect(() => allocateNumbers(8, 2 ** 52, 123)).toThrow(
      /^The data do not fit in memory: 123 rows need 34359738368 MiB/,
    );
  });
});
