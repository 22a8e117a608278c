import { existsSync, readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { builtins, FunctionError } from './index.ts';
import { runFunction } from './testing/run.ts';

const run = (
  name: string,
  args: Record<string, unknown>,
  inputs: Record<string, string | Uint8Array> = {},
  cut?: number,
) => runFunction(builtins.get(name), args, inputs, cut === undefined ? {} : { cut });

describe('builtin-echo', () => {
  it('returns its message', async () => {
    expect((await run('builtin-echo', { message: 'Hello Teaclave!' }, {})).text).toBe('Hello Teaclave!');
  });
  it.each([{}, { message: 1 }, { message: null }])('refuses %j', async (args) => {
    await expect(run('builtin-echo', args, {})).rejects.toThrow('Cannot deserialize arguments');
  });
});

describe('builtin-private-join-and-compute', () => {
  const join = (lists: (string | Uint8Array)[], cut?: number) =>
    run(
      'builtin-private-join-and-compute',
      { num_user: lists.length },
      Object.fromEntries(lists.map((list, i) => [`input_data${i}`, list])),
      cut,
    );

  it('adds up what all lists have', async () => {
    const { text, outputs } = await join([
      'a : 1\nb : 2\nc:3\n',
      'c : 30\r\na:+10',
      ' b : 200 \n c : 300\n a : 100\n',
    ]);
    expect(text).toBe('3 users join the task in total.');
    expect(outputs['output_data0']).toBe('a, 111\nc, 333\n');
    expect(outputs['output_data2']).toBe(outputs['output_data0']);
  });

  it('skips what is no row; the last duplicate wins; sums wrap', async () => {
    const odd = 'x\n:1\n\na:b:1\nd : -1\nd : 4294967296\nd : 1.0\nd : 1 2\nd : \nd : +\n';
    const { outputs } = await join([
      `${odd}k : 7\nk : 9\n : 5\nw : 4294967295\n`,
      `${odd}k : 1\n\t: 6\nw : 2\nk : 2\n`,
    ]);
    // A line of two bytes (`:1`) is skipped; one whose name is blank is a row.
    expect(outputs['output_data0']).toBe('k, 11\n, 11\nw, 1\n');
  });

  it('trims what Unicode calls white space and refuses broken UTF-8', async () => {
    const { outputs } = await join(['\u2003Zoë\u00a0: 1\n', 'Zoë : 2\u3000\n']);
    expect(outputs['output_data1']).toBe('Zoë, 3\n');
    await expect(join([Buffer.from([0x61, 0xff, 0x3a, 0x31]), 'a : 1'])).rejects.toThrow(
      'invalid utf-8 sequence of 1 bytes from index 1',
    );
  });

  it('wants two parties and its inputs', async () => {
    await expect(run('builtin-private-join-and-compute', { num_user: 1 }, {})).rejects.toThrow(
      'at least two parties',
    );
    await expect(run('builtin-private-join-and-compute', { num_user: '2' }, {})).rejects.toThrow(
      'Cannot deserialize',
    );
    await expect(run('builtin-private-join-and-compute', { num_user: 2 }, {})).rejects.toThrow(
      'Invalid input file identifier.',
    );
  });

  it('agrees with a naive join on arbitrary lists, however they are cut', async () => {
    const name = fc.oneof(fc.constantFrom('a', 'b', 'é', ' b', 'c d', ''), fc.string({ maxLength: 4 }));
    const amount = fc.oneof(fc.nat(100).map(String), fc.string({ maxLength: 3 }), fc.constant('4294967295'));
    const line = fc.tuple(name, fc.constantFrom(':', ' : ', '::', ''), amount).map((parts) => parts.join(''));
    const list = fc.array(line, { maxLength: 30 }).map((lines) => lines.join('\n'));
    const naive = (text: string) => {
      const rows = new Map<string, number>();
      for (const line of text.split('\n').map((l) => l.replace(/\r$/, ''))) {
        const parts = line
          .split(':')
          .map((part) => part.replace(/^\p{White_Space}+|\p{White_Space}+$/gu, ''));
        if (Buffer.byteLength(line) < 3 || parts.length !== 2 || !/^\+?[0-9]+$/.test(parts[1] as string))
          continue;
        if (Number(parts[1]) < 2 ** 32) rows.set(parts[0] as string, Number(parts[1]));
      }
      return rows;
    };
    await fc.assert(
      fc.asyncProperty(
        fc.array(list, { minLength: 2, maxLength: 4 }),
        fc.integer({ min: 1, max: 50 }),
        async (lists, cut) => {
          const [first, ...others] = lists.map((text) => naive(Buffer.from(text).toString()));
          const expected = [...(first as Map<string, number>)]
            .filter(([key]) => others.every((rows) => rows.has(key)))
            .map(
              ([key, value]) =>
                `${key}, ${others.reduce((sum, rows) => (sum + (rows.get(key) as number)) >>> 0, value)}\n`,
            );
          const { outputs } = await join(lists, cut);
          // Compared as a multiset of lines: names are unique, so a sort is enough.
          expect((outputs['output_data0'] as string).split('\n').sort()).toEqual(
            expected.join('').split('\n').sort(),
          );
        },
      ),
      { numRuns: 300 },
    );
  });

  const fixture = new URL('../../../../shared/fixtures/teaclave-file-128/', import.meta.url);
  it.skipIf(!existsSync(fixture))("joins Teaclave's bank lists (skipped: not on this machine)", async () => {
    const read = (name: string) => readFileSync(new URL(name, fixture));
    const { outputs } = await join([read('bank_a.txt'), read('bank_b.txt')]);
    expect(outputs['output_data0']).toBe('a, 5000100\nc, 70000\ne, 5003000\n');
  });
});

describe('builtin-ordered-set-intersect', () => {
  const intersect = (order: string, a: string, b: string, cut = 3) =>
    run('builtin-ordered-set-intersect', { order }, { input_data1: a, input_data2: b }, cut);

  it.each([
    ['ascending', '01\n02\n02\nff\n', '02\r\nFF', '0101', '11', '2 common items'],
    ['desending', 'ff\n02\n', 'fe\n02\n01', '01', '010', '1 common items'],
    ['ascending', '', '00', '', '0', '0 common items'],
    ['ascending', '\n01', '\n', '10', '1', '1 common items'],
  ])('%s %j %j', async (order, a, b, marksA, marksB, text) => {
    expect(await intersect(order, a, b)).toMatchObject({
      text,
      outputs: { output_result1: marksA, output_result2: marksB },
    });
  });

  it.each([
    ['up', '', '', 'Invalid order'],
    ['ascending', '02\n01', '', 'Invalid ordering'],
    ['ascending', '012', '', 'Odd number of digits'],
    ['ascending', '000g', '', "Invalid character 'g' at position 3"],
    ['desending', '01\n02', '', 'Invalid ordering'],
    ['ascending', '', "0'", "Invalid character '\\'' at position 1"],
    ['ascending', '', 'é', "Invalid character 'Ã' at position 0"],
    ['ascending', '', '0\r', "Invalid character '\\r' at position 1"],
  ])('refuses %s %j %j', async (order, a, b, message) => {
    await expect(intersect(order, a, b)).rejects.toThrow(message);
  });

  it('agrees with a naive multiset intersection', async () => {
    const items = fc
      .array(fc.uint8Array({ maxLength: 2 }), { maxLength: 40 })
      .map((list) => list.map((item) => Buffer.from(item)).sort((a, b) => Buffer.compare(a, b)));
    await fc.assert(
      fc.asyncProperty(items, items, fc.integer({ min: 1, max: 40 }), async (a, b, cut) => {
        const left = b.map((item) => item.toString('hex'));
        const common = a.filter((item) => {
          const at = left.indexOf(item.toString('hex'));
          if (at >= 0) left.splice(at, 1);
          return at >= 0;
        }).length;
        const text = (list: Buffer[]) => list.map((item) => `${item.toString('hex')}\n`).join('');
        const { text: returned, outputs } = await intersect('ascending', text(a), text(b), cut);
        expect(returned).toBe(`${common} common items`);
        expect((outputs['output_result1'] as string).length).toBe(a.length);
        expect((outputs['output_result2'] as string).replaceAll('0', '').length).toBe(common);
      }),
    );
  });
});

describe('a line that does not end', () => {
  const endless = new Uint8Array(17 * 1024 * 1024).fill(0x61);
  it.each([
    ['builtin-private-join-and-compute', { num_user: 2 }, { input_data0: endless, input_data1: 'a:1\n' }],
    ['builtin-ordered-set-intersect', { order: 'ascending' }, { input_data1: endless, input_data2: 'aa\n' }],
  ])('is refused by %s before it is held whole', async (name, args, inputs) => {
    await expect(run(name, args, inputs, 1 << 20)).rejects.toThrow('longer than 16 MiB');
  });
});

describe('arbitrary bytes', () => {
  it('are answered or refused with a typed error', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), fc.uint8Array({ maxLength: 300 }), async (a, b) => {
        for (const [name, args, slots] of [
          ['builtin-private-join-and-compute', { num_user: 2 }, ['input_data0', 'input_data1']],
          ['builtin-ordered-set-intersect', { order: 'ascending' }, ['input_data1', 'input_data2']],
        ] as const) {
          await run(name, args, { [slots[0]]: a, [slots[1]]: b }, 13).catch((error: unknown) => {
            expect(error).toBeInstanceOf(FunctionError);
          });
        }
      }),
      { numRuns: 300 },
    );
  });
});
