/** Lists as spreadsheets, editors and databases write them. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FunctionError } from '../refusal.ts';
import { runFunction } from '../testing/run.ts';
import { runs } from '../testing/runs.ts';
import { type Encoding, encode, encodings, lineEnds } from '../testing/text-forms.ts';
import { privateSetIntersect } from './intersect.ts';

const intersect = (
  lists: readonly (string | Uint8Array)[],
  args: Readonly<Record<string, unknown>> = {},
  cut = 7,
) =>
  runFunction(
    privateSetIntersect,
    { num_user: lists.length, ...args },
    Object.fromEntries(lists.map((list, i) => [`input_data${i}`, list])),
    { cut },
  );

const names = 'ann\nbob\ncid\n';
const other = 'cid\nann\nbob\n';

describe('lists in other forms', () => {
  it.each<[string, string | Uint8Array, string | Uint8Array]>([
    [
      'S4: UTF-16 with a mark in both, in the same order',
      encode(names, 'utf-16le'),
      encode(names, 'utf-16le'),
    ],
    [
      'S4: UTF-16 with a mark in both, in another order',
      encode(names, 'utf-16be'),
      encode(other, 'utf-16le'),
    ],
    ['S4: UTF-16 and UTF-8', encode(names, 'utf-16le'), other],
    ['S4, fault 4: a byte order mark in one (Excel "CSV UTF-8")', encode(names, 'utf-8 with a mark'), other],
    ['S4, fault 7: bare CRs in another order', names.replaceAll('\n', '\r'), other],
    ['CRLF, and no line end at the end', 'ann\r\nbob\r\ncid', other],
    ['blank lines at the end', `${names}\n\r\n`, other],
  ])('%s: three in common', async (_what, a, b) => {
    const { text, outputs } = await intersect([a, b]);
    expect(text).toMatch(/^3 common items\n/);
    expect(outputs['output_data1']).toBe(names);
    const turned = (await intersect([b, a])).outputs['output_data0'] ?? '';
    expect(turned.split('\n').toSorted()).toEqual(names.split('\n').toSorted());
  });

  it('S4: hexadecimal lists with a byte order mark and blank lines', async () => {
    const { text } = await intersect(['\ufeff0a\n\nff\n', 'FF\r\n\r\n0A'], { items: 'hex' });
    expect(text).toBe(
      '2 common items\ninput_data0: 3 lines, 2 used, 1 blank\ninput_data1: 3 lines, 2 used, 1 blank',
    );
  });

  it('says nothing of the form of bytes in hexadecimal', async () => {
    const hex = (text: string) => Buffer.from(text).toString('hex');
    const { text } = await intersect([`${hex('"Ann"')}\n${hex(' 007')}`, hex('ann')], { items: 'hex' });
    expect(text).not.toContain('Warning');
  });

  it('S4: refuses Latin-1 beside UTF-8, with the line and a remedy', async () => {
    const run = intersect([Buffer.from('ann\nJosé\n', 'latin1'), 'José\n']);
    await expect(run).rejects.toThrow(
      'Line 2 of input_data0 is not UTF-8 but in another encoding, such as Windows-1252 or Latin-1. Save the file as UTF-8',
    );
    await expect(run).rejects.toBeInstanceOf(FunctionError);
  });

  it('S4: a header line is an item unless the argument says that it is none', async () => {
    const lists = ['id\nann\n', 'id\nbob\n'];
    expect((await intersect(lists)).text).toMatch(/^1 common items/);
    expect((await intersect(lists, { header: true })).text).toMatch(
      /^0 common items\ninput_data0: 2 lines, 1 used, 1 header, /,
    );
    const marks = await intersect(['id\nann\n', 'id\nbob\nann'], { header: true, result: 'marks' });
    expect(marks.outputs).toEqual({ output_data0: '01', output_data1: '001' });
    expect((await intersect(['id', 'id\n'], { header: true })).text).toContain(
      'nothing of input_data0 could be used',
    );
  });

  it.each<[string, string, string, string, readonly string[]]>([
    ['quotes', '"ann"\n', 'ann\n', 'quotes around them (input_data0)', ['quotes']],
    ['a blank at the end', 'ann\n', 'ann \n', 'blanks around them (input_data1)', ['trim']],
    ['a tab', 'ann\t\n', 'ann\n', 'blanks around them (input_data0)', ['trim']],
    ['a no-break space', '\u00a0ann\n', 'ann\n', 'blanks around them (input_data0)', ['trim']],
    ['case', 'Ann\n', 'ann\n', 'upper case (input_data0)', ['case']],
    ['normal forms', 'Jose\u0301\n', 'José\n', 'accents as characters of their own', ['nfc']],
    ['blanks in quotes', '" ann"\n', 'ann\n', 'quotes around them', ['quotes', 'trim']],
    ['all of them', ' "ÉVE"\n', 'E\u0301ve\n', 'quotes around them', ['quotes', 'nfc', 'case', 'trim']],
  ])(
    'S4: %s: a warning that says what differs, without the items; `normalize` finds them',
    async (...given) => {
      const [, a, b, what, normalize] = given;
      const { text } = await intersect([a, b]);
      expect(text).toMatch(/^0 common items\n/);
      expect(text).toContain(what);
      expect(text).toContain('Warning: nothing is common to all, but only some of the inputs have');
      expect(text).not.toMatch(/ann|jos|éve/i);
      expect((await intersect([a, b], { normalize })).text).toMatch(/^1 common items/);
    },
  );

  it('warns of leading zeros, hashes and invisible characters, and not of lists that merely differ', async () => {
    expect((await intersect(['007\n12\n', '7\n13\n'])).text).toContain('leading zeros (input_data0)');
    expect((await intersect(['a\u200bnn\n', 'ann\n'])).text).toContain('invisible characters (input_data0)');
    expect((await intersect([`${'ab'.repeat(32)}\n`, 'ann\n'])).text).toContain('hashes');
    expect((await intersect(['ann\n', 'bob\n'])).text).not.toContain('Warning');
    expect((await intersect(['1\n', '2\n'])).text).not.toContain('Warning');
  });

  it('warns of a list of blank lines', async () => {
    expect((await intersect(['\n \n', 'ann'], { normalize: ['trim'] })).text).toContain(
      'Warning: nothing of input_data0 could be used.',
    );
  });

  it('does not tell few common items, nor what tells how many they are', async () => {
    const args = { result: 'count', least_group: 3 };
    const { text, outputs } = await intersect(['ann\nbob\n', 'bob\nann\ncid\n'], args);
    expect(text).toBe(
      'fewer than 3 common items\ninput_data0: 2 lines, 2 used\ninput_data1: 3 lines, 3 used',
    );
    expect(outputs).toEqual({ output_data0: '', output_data1: '' });
    // The same for none at all, forms that are the same given.
    expect((await intersect(['x\ny\n', 'bob\nann\ncid\n'], args)).text).toBe(text);
    // Neither in how many each list has beside them.
    expect((await intersect([names, `${other}dan\n`], args)).text).toBe(
      '3 common items\ninput_data0: 3 lines, 3 used\ninput_data1: 4 lines, 4 used',
    );
    const differing = await intersect(['Ann\nbob\n', 'ann\nbob\n'], args);
    expect(differing.text).toContain('Warning: few or no items are common to all, but only some');
    for (const result of ['items', 'marks']) {
      await expect(intersect([names, other], { ...args, result })).rejects.toThrow('wants "result": "count"');
    }
  });

  it.each<[Readonly<Record<string, unknown>>, string]>([
    [
      { normalize: ['upper'] },
      'The argument "normalize" has "upper"; here it may have trim, quotes, nfc, case.',
    ],
    [{ normalize: ['case'], items: 'hex' }, 'here it may have trim, quotes.'],
    [{ normalize: 'trim' }, '"normalize" must be an array of strings'],
    [{ least_group: 0 }, '"least_group" must be at least 1'],
    [{ least_gruop: 5, result: 'count' }, 'There is no argument "least_gruop". There are num_user,'],
  ])('refuses %j', async (args, message) => {
    await expect(intersect(['a', 'a'], args)).rejects.toThrow(message);
  });

  it('agrees with sets, whatever the encoding, line ends and cuts', async () => {
    const item = fc.constantFrom('', 'ann', ' ann', 'Ann', 'é', 'e\u0301', '漢字', '😀', '"ann"', '007');
    const list = fc.record({
      items: fc.array(item, { maxLength: 8 }),
      encoding: fc.constantFrom<Encoding>(...encodings),
      end: fc.constantFrom(...lineEnds),
      last: fc.boolean(),
    });
    const reference = (text: string) => text.trim().normalize('NFC').toLowerCase();
    await fc.assert(
      fc.asyncProperty(
        fc.array(list, { minLength: 2, maxLength: 3 }),
        fc.boolean(),
        fc.integer({ min: 1, max: 40 }),
        async (lists, normalized, cut) => {
          const compared = lists.map(({ items }) => (normalized ? items.map(reference) : items));
          const common = [...new Set(compared[0])].filter(
            (one) => one !== '' && compared.every((others) => others.includes(one)),
          );
          const files = lists.map(({ items, encoding, end, last }) =>
            encode(items.join(end) + (last ? end : ''), encoding),
          );
          const args = normalized ? { normalize: ['trim', 'case', 'nfc'] } : {};
          const { text, outputs } = await intersect(files, args, cut);
          expect(text.split('\n')[0]).toBe(`${common.length} common items`);
          expect(outputs['output_data0']).toBe(common.map((one) => `${one}\n`).join(''));
          for (const [i, { items }] of lists.entries()) {
            const used = items.filter((one) => (normalized ? reference(one) : one) !== '').length;
            expect(text).toContain(`, ${used} used`);
            expect(text.split('\n')[i + 1]).toMatch(new RegExp(`^input_data${i}: .*, ${used} used`));
          }
        },
      ),
      { numRuns: runs(150) },
    );
  });
});
