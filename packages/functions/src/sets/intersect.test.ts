import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FunctionError } from '../refusal.ts';
import { runFunction } from '../testing/run.ts';
import { runs } from '../testing/runs.ts';
import { privateSetIntersect } from './intersect.ts';

/** What the lists have in common, without the counts. */
const first = (text: string): string => text.split('\n')[0] ?? '';

type Lists = readonly (string | Uint8Array)[];

const intersect = (lists: Lists, args: Readonly<Record<string, unknown>> = {}, options = {}) =>
  runFunction(
    privateSetIntersect,
    { num_user: lists.length, ...args },
    Object.fromEntries(lists.map((list, i) => [`input_data${i}`, list])),
    options,
  );

describe('builtin-private-set-intersect', () => {
  it('writes what all have, in the order of the first', async () => {
    const { text, outputs } = await intersect(['c\nb\na\n', 'a\r\nc\r\n', 'x\nc\na\ny']);
    expect(text).toBe(
      '2 common items\ninput_data0: 3 lines, 3 used, 1 different without partner\ninput_data1: 2 lines, 2 used\ninput_data2: 4 lines, 4 used, 2 without partner',
    );
    expect(outputs).toEqual({ output_data0: 'c\na\n', output_data1: 'c\na\n', output_data2: 'c\na\n' });
  });

  it('counts duplicates once, and blank lines as none (S4)', async () => {
    const { text, outputs } = await intersect(['b\n\na\na\nb\n', 'b\na\n\n\nb']);
    expect(text).toBe(
      '2 common items\ninput_data0: 5 lines, 4 used, 1 blank\ninput_data1: 5 lines, 3 used, 2 blank',
    );
    expect(outputs['output_data0']).toBe('b\na\n');
    for (const items of ['text', 'hex']) {
      expect(first((await intersect(['\n00\n', '\n11\n'], { items })).text)).toBe('0 common items');
    }
  });

  it('marks every line of each party', async () => {
    const { text, outputs } = await intersect(['a\nb\na\nc', 'c\na\n', 'a\n\nc\nd'], { result: 'marks' });
    expect(first(text)).toBe('2 common items');
    expect(outputs).toEqual({ output_data0: '1011', output_data1: '11', output_data2: '1010' });
  });

  it('tells the number alone', async () => {
    const { text, outputs } = await intersect(['a\nb', 'b\na'], { result: 'count' });
    expect([first(text), outputs]).toEqual(['2 common items', { output_data0: '', output_data1: '' }]);
  });

  it.each(['items', 'marks', 'count'])('gives %s to those alone who have an output', async (result) => {
    const { text, outputs } = await intersect(['a\nb', 'b'], { result }, { slots: ['output_data1'] });
    expect(first(text)).toBe('1 common items');
    expect(Object.keys(outputs)).toEqual(['output_data1']);
  });

  it('compares hexadecimal items by their bytes', async () => {
    const { outputs } = await intersect(['0aFF\n\n00', '0Aff\n0000\n'], { items: 'hex' });
    expect(outputs['output_data1']).toBe('0aff\n');
  });

  it.each([1024, 1025, 1026, 1027, 1028])(
    'finds items of %i bytes again after its table has grown',
    async (length) => {
      // The first batch's items are so long that room is made for few.
      const long = Array.from({ length: 1024 }, (_, i) => `q${i}`.padEnd(6000, 'y'));
      const items = Array.from({ length: 4000 }, (_, i) => `k${i}-`.padEnd(length, 'x'));
      const list = `${[...long, ...items].join('\n')}\n`;
      const { text } = await intersect([list, list], { result: 'count' }, { cut: 1 << 16 });
      expect(first(text)).toBe('5024 common items');
    },
  );

  it.each<[Readonly<Record<string, unknown>>, Lists, string]>([
    [{ num_user: 3 }, ['a', 'b'], 'The argument "num_user" is 3, but the task has no input_data2.'],
    [{ num_user: 2 }, ['a', 'b', 'c'], 'is 2, but the task has an input_data2, which would be left out.'],
    [{ num_user: 1000 }, ['a', 'b'], 'the task has no input_data2.'],
  ])('E6: %j with other inputs than so many is refused by both', async (args, lists, message) => {
    await expect(intersect(lists, args)).rejects.toThrow(message);
  });

  it.each<[Readonly<Record<string, unknown>>, Lists, string]>([
    [{ num_user: 1 }, ['a'], 'The argument "num_user" must be at least 2, not 1.'],
    [{ num_user: '2' }, ['a'], 'Cannot deserialize arguments: "num_user" must be an integer'],
    [{ items: 'base64' }, ['a', 'b'], 'must be one of text, hex'],
    [{ items: 'hex' }, ['00\n', '00\n012'], 'Line 2 of input_data1: Odd number of digits.'],
    [{ items: 'hex' }, ['00\n0g', '00'], "Line 2 of input_data0: Invalid character 'g' at position 1."],
    [{}, ['a', new Uint8Array(17 << 20).fill(0x61)], 'longer than 16 MiB'],
  ])('refuses %# of what cannot be', async (args, lists, message) => {
    const run = intersect(lists, args, { cut: 1 << 20 });
    await expect(run).rejects.toThrow(message);
    await expect(run).rejects.toBeInstanceOf(FunctionError);
  });

  it('agrees with sets, however long and however cut the lists are', async () => {
    const item = fc.oneof(
      fc.constantFrom('', '00', 'ff00'),
      fc.uint8Array({ maxLength: 9 }).map((b) => Buffer.from(b).toString('hex')),
    );
    const list = fc.oneof(fc.array(item, { maxLength: 40 }), fc.array(item, { maxLength: 3 }));
    await fc.assert(
      fc.asyncProperty(
        fc.array(list, { minLength: 2, maxLength: 4 }),
        fc.constantFrom('text', 'hex'),
        fc.integer({ min: 1, max: 60 }),
        async (lists, items, cut) => {
          const common = [...new Set(lists[0])].filter(
            (one) => one !== '' && lists.every((other) => other.includes(one)),
          );
          const texts = lists.map((one) => one.map((line) => `${line}\n`).join(''));
          const { text, outputs } = await intersect(texts, { items }, { cut });
          expect(first(text)).toBe(`${common.length} common items`);
          expect(outputs['output_data0']).toBe(common.map((line) => `${line}\n`).join(''));
          const marks = await intersect(texts, { items, result: 'marks' }, { cut });
          expect(Object.values(marks.outputs)).toEqual(
            lists.map((one) => one.map((line) => (common.includes(line) ? '1' : '0')).join('')),
          );
        },
      ),
      { numRuns: runs(100) },
    );
  });

  it('grows past every guess: 10,000 long items after a short one', async () => {
    const list = `a\n${Array.from({ length: 10_000 }, (_, i) => `${'long '.repeat(i % 450)}${i}\n`).join('')}`;
    const other = `${list.split('\n').toReversed().join('\n')}\nb\n`;
    const { text, outputs } = await intersect([list, other], {}, { cut: 100_000 });
    expect(first(text)).toBe('10001 common items');
    expect(outputs['output_data1']).toBe(list);
  });

  it('answers or refuses arbitrary bytes with a typed error', async () => {
    const bytes = fc.uint8Array({ maxLength: 300 });
    await fc.assert(
      fc.asyncProperty(bytes, bytes, fc.constantFrom('text', 'hex'), async (a, b, items) => {
        const ended = await intersect([a, b], { items }).catch((error: unknown) => error);
        if (ended instanceof Error) expect(ended).toBeInstanceOf(FunctionError);
      }),
    );
  });
});
