import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { builtins, FunctionError } from '../index.ts';
import { refusalOf } from '../testing/refusal-of.ts';
import { runFunction } from '../testing/run.ts';
import { runs } from '../testing/runs.ts';
import { shareOut } from './strata.ts';

const split = async (data: string, args: Record<string, unknown>) => {
  const builtin = builtins.get('builtin-train-test-split');
  const { text, outputs } = await runFunction(builtin, args, { input_data: data });
  return { told: JSON.parse(text), train: outputs['train'] ?? '', test: outputs['test'] ?? '' };
};
/** A field as it is written, and what it says. */
const word = fc.constantFrom('a', 'b', ' b ', '"b"', 'c', '', '"x;""y\n"');
const meaning = (text: string) =>
  (text.startsWith('"') ? text.slice(1, -1).replaceAll('""', '"') : text).trim();
const table = fc.array(fc.tuple(word, fc.integer(), word), { minLength: 2, maxLength: 60 });

describe('a split', () => {
  it('has every record once, as it was and in order, exactly as many as asked for, and of each value its share', async () => {
    await fc.assert(
      fc.asyncProperty(
        table,
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.nat(),
        fc.boolean(),
        fc.boolean(),
        async (cells, part, seed, stratified, blanks) => {
          const wanted = 1 + Math.floor(part * 0.999 * (cells.length - 1));
          // A number makes each record another one.
          const records = cells.map((row, i) => `${row.join(';')};${i}`);
          const header = 'k;"n;o";w;i';
          const data = `${blanks ? '\n' : ''}${[header, ...records].join(blanks ? '\r\n' : '\n')}${blanks ? '\r\n\r\n' : ''}`;
          const args = {
            header: true,
            delimiter: ';',
            seed,
            test_rows: wanted,
            ...(stratified && { stratify: 'k' }),
          };
          const { told, train, test } = await split(data, args);
          const inTest = (record: string) => test.includes(`${record}\n`) || test.includes(`${record}\r\n`);
          const parts = [records.filter((one) => !inTest(one)), records.filter(inTest)] as const;
          const text = (rows: readonly string[]) => [header, ...rows].map((row) => `${row}\n`).join('');
          expect([train, test].map((one) => one.replaceAll('\r\n', '\n'))).toEqual(parts.map(text));
          expect(parts[1]).toHaveLength(wanted);
          expect(told).toMatchObject({ rows: cells.length, train: cells.length - wanted, test: wanted });
          if (!stratified) return;
          const values = cells.map(([k]) => meaning(k));
          const kinds = [...new Set(values)];
          expect(told.values).toBe(kinds.length);
          const held = kinds.map(
            (kind) => values.filter((value, i) => value === kind && inTest(records[i] ?? '')).length,
          );
          const exact = kinds.map(
            (kind) => (values.filter((value) => value === kind).length * wanted) / values.length,
          );
          for (const [i, share] of exact.entries()) {
            expect(held[i]).toBeGreaterThanOrEqual(Math.floor(share));
            expect(held[i]).toBeLessThanOrEqual(Math.ceil(share));
          }
          // Who got one more had no smaller remainder than who did not.
          const extra = exact.map((share, i) => ({
            rest: share % 1,
            more: (held[i] ?? 0) > Math.floor(share),
          }));
          const least = Math.min(...extra.filter(({ more }) => more).map(({ rest }) => rest));
          for (const { rest, more } of extra) if (!more) expect(rest).toBeLessThanOrEqual(least + 1e-9);
        },
      ),
      { numRuns: runs(200) },
    );
  });

  it('is the same for the same seed, and holds each row out as often as others', async () => {
    const records = Array.from({ length: 20 }, (_, i) => `r${i}`);
    const data = records.join('\n');
    const counts = records.map(() => 0);
    for (let seed = 0; seed < 400; seed++) {
      const { test } = await split(data, { test_fraction: 0.25, seed });
      const rows = test.trim().split('\n');
      expect(rows).toHaveLength(5);
      for (const row of rows) counts[records.indexOf(row)] = (counts[records.indexOf(row)] ?? 0) + 1;
    }
    // 100 each; the deviation is below 9.
    expect(Math.min(...counts)).toBeGreaterThan(60);
    expect(Math.max(...counts)).toBeLessThan(140);
    const again = await Promise.all([7, 7, 8].map((seed) => split(data, { test_rows: 5, seed })));
    expect(again[0]?.test).toBe(again[1]?.test);
    expect(again[0]?.test).not.toBe(again[2]?.test);
  });

  it('leaves lines of blanks out, and keeps an empty value in quotes', async () => {
    const { told, train, test } = await split('k\n  \na\n\n\t \r\nb\n""\n" "\n \n', {
      header: true,
      test_rows: 1,
    });
    expect(told.rows).toBe(4);
    expect(`${train}${test}`.split('\n').sort()).toEqual(['', '" "', '""', 'a', 'b', 'k', 'k']);
    const tabs = await split('k\tv\n1\t2\n\t\n \n3\t\n', { header: true, delimiter: '\t', test_rows: 1 });
    expect(tabs.told.rows).toBe(3);
  });

  it('warns of values that one of the parts has no row of', async () => {
    const told = async (k: string, test_rows: number) =>
      (await split(`k\n${k.split('').join('\n')}\n`, { header: true, stratify: 'k', test_rows })).told
        .warnings;
    expect(await told('aaaabb', 3)).toBeUndefined();
    expect(await told('aaab', 1)).toEqual(['Values of the column without a row in the test part: 1.']);
    expect(await told('aaab', 3)).toEqual(['Values of the column without a row in the training part: 1.']);
    expect(await told('aabcde', 3)).toEqual([
      'Values of the column without a row in the training part: 2.',
      'Values of the column without a row in the test part: 2.',
    ]);
  });

  it('of any text is one, or is refused; no record is lost or cut', async () => {
    let refused = 0;
    const unit = fc.constantFrom(...'a,"\n\r \0é'.split(''));
    await fc.assert(
      fc.asyncProperty(fc.string({ unit, maxLength: 40 }), fc.nat(), async (text, seed) => {
        const asked = split(text, { test_fraction: 0.5, seed });
        const { told, train, test } = await asked.catch((error: unknown) => {
          expect(error).toBeInstanceOf(FunctionError);
          refused++;
          return { told: undefined, train: '', test: '' };
        });
        if (!told) return;
        const parts = [train, test];
        for (const [i, part] of parts.entries()) {
          // Each part is such a table again, with as many rows as was said.
          const again = await split(`${part}${part}`, { test_rows: 1 });
          expect(again.told.rows).toBe(2 * (i === 0 ? told.train : told.test));
        }
        // Lines of blanks are left out.
        const size = parts.join('').replaceAll(/[\r\n ]/g, '').length;
        expect(size).toBe(text.replaceAll(/[\r\n ]/g, '').length);
      }),
      { numRuns: runs(400) },
    );
    expect(refused).toBeGreaterThan(10);
  });

  it('says which values the test part lacks, and shares rows out by the largest remainders', async () => {
    const data = `y,x\n${Array.from({ length: 10 }, (_, i) => `${i === 9 ? 1 : 0},${i}`).join('\n')}`;
    const { told } = await split(data, { header: true, stratify: 'y', test_rows: 2 });
    expect(told).toEqual({
      rows: 10,
      train: 8,
      test: 2,
      values: 2,
      warnings: ['Values of the column without a row in the test part: 1.'],
    });
    expect(shareOut([5, 3, 2], 5)).toEqual([3, 1, 1]);
    expect(shareOut([1, 1, 1], 2)).toEqual([1, 1, 0]);
    // Products beyond the integers of doubles.
    expect(shareOut([3_000_000_001, 3_000_000_000], 3_000_000_001)).toEqual([1_500_000_001, 1_500_000_000]);
  });

  it.each([
    ['a\nb', {}, 'either "test_rows" or "test_fraction"'],
    ['a\nb', { test_rows: 1, test_fraction: 0.5 }, 'either "test_rows" or "test_fraction"'],
    ['a\nb', { test_rows: 2 }, 'Of 2 rows 2 cannot be held out'],
    ['a\nb', { test_fraction: 0.1 }, 'Of 2 rows 0 cannot be held out'],
    ['a\nb', { test_fraction: 1.5 }, 'at most 1'],
    ['a', { test_rows: 1, header: true }, 'There are no rows'],
    ['', { test_rows: 1 }, 'There are no rows'],
    ['a\nb', { test_rows: 1, stratify: 'a' }, 'needs "header"'],
    ['a\nb\nc', { test_rows: 1, header: true, stratify: 'z' }, 'No column of the header'],
    ['a,a\n1,2\n3,4', { test_rows: 1, header: true, stratify: 'a' }, 'has the name "a" twice'],
    ['a,b\n1,2\n1,2,3', { test_rows: 1, header: true }, 'Row 2: it has 3 columns, and those before it 2'],
    ['a,b\n1,"2', { test_rows: 1, header: true }, 'Row 1: column 2 has a quote that is not closed'],
    ['a\nb', { test_rows: 1, train_rows: 1 }, 'no argument "train_rows"'],
    [
      `a\n${Array.from({ length: 257 }, (_, i) => i).join('\n')}`,
      { test_rows: 1, header: true, stratify: 'a' },
      'more than 256 different values',
    ],
  ])('refuses %j with %j', async (data, args, message) => {
    const error = await refusalOf(split(data, args));
    expect(error.message).toContain(message);
  });
});
