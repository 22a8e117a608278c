import * as fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { NameRows } from '../kernels/keyed/batches.ts';
import { NameTable } from '../kernels/keyed/name-table.ts';
import { FunctionError } from '../refusal.ts';
import { runFunction } from '../testing/run.ts';
import { privateJoinAndCompute } from './join.ts';
import { parseU32, readRows } from './name-rows.ts';

/** Joins lists whose sizes are known, and returns the first output. */
async function join(lists: readonly string[]): Promise<string> {
  const outputs: Buffer[][] = lists.map(() => []);
  await privateJoinAndCompute.run({
    args: { num_user: lists.length },
    input: (name) => {
      const list = lists[Number(name.slice('input_data'.length))];
      if (list === undefined) throw new FunctionError('unknown-input', 'Invalid input file identifier.');
      const bytes = Buffer.from(list);
      return { size: bytes.length, chunks: () => [bytes] };
    },
    output: (name) => ({
      write: (chunk) => {
        outputs[Number(name.slice('output_data'.length))]?.push(Buffer.from(chunk));
      },
      close: () => undefined,
    }),
    log: () => undefined,
  });
  const texts = outputs.map((chunks) => Buffer.concat(chunks).toString());
  expect(new Set(texts).size).toBe(1);
  return texts[0] as string;
}

describe('a join of known sizes', () => {
  it('keeps the order of the first input, whichever is the smallest', async () => {
    const name = fc.integer({ min: 0, max: 30 }).map((n) => `n${n}`);
    const list = fc.array(fc.tuple(name, fc.nat(1000)), { maxLength: 60 });
    await fc.assert(
      fc.asyncProperty(fc.array(list, { minLength: 2, maxLength: 4 }), async (lists) => {
        const [first, ...others] = lists.map((rows) => new Map(rows)) as [
          Map<string, number>,
          ...Map<string, number>[],
        ];
        const expected = [...first]
          .filter(([key]) => others.every((rows) => rows.has(key)))
          .map(
            ([key, value]) => `${key}, ${others.reduce((sum, rows) => sum + (rows.get(key) ?? 0), value)}\n`,
          );
        const texts = lists.map((rows) => rows.map(([key, value]) => `${key}:${value}\n`).join(''));
        expect(await join(texts)).toBe(expected.join(''));
      }),
    );
  });

  it('grows past every guess: 20,000 long names after a short one', async () => {
    const text = `a:1\n${Array.from({ length: 20_000 }, (_, i) => `${'long '.repeat(i % 400)}${i} : ${i}\n`).join('')}`;
    const joined = (await join([text, text])).split('\n');
    expect(joined.length).toBe(20_002);
    expect(joined.at(-2)?.endsWith('19999, 39998')).toBe(true);
  });
});

describe('a list beyond num_user', () => {
  const lists = { input_data0: 'a:1\n', input_data1: 'a:2\n', input_data2: 'a:4\n' };

  it('is left out as in Teaclave, and the log says so', async () => {
    const { outputs, text, log } = await runFunction(privateJoinAndCompute, { num_user: 2 }, lists);
    expect(text).toBe('2 users join the task in total.');
    expect(outputs['output_data0']).toBe('a, 3\n');
    expect(log).toContain(
      'The argument "num_user" is 2, but the task has an input_data2, which is left out.',
    );
  });

  it('is refused where our arguments are given', async () => {
    const run = runFunction(privateJoinAndCompute, { num_user: 2, counts: true }, lists);
    await expect(run).rejects.toThrow('an input_data2, which would be left out');
  });
});

describe('an argument that there is not', () => {
  const lists = { input_data0: 'a:1\n', input_data1: 'a:2\n' };

  it('is ignored as in Teaclave, and the log says so', async () => {
    const { outputs, log } = await runFunction(privateJoinAndCompute, { num_user: 2, note: 1 }, lists);
    expect(outputs['output_data0']).toBe('a, 3\n');
    expect(log).toContain('There is no argument "note": it is ignored.');
  });

  it.each([{ count: true }, { counts: true, note: 1 }])('is refused where it is meant: %j', async (args) => {
    const run = runFunction(privateJoinAndCompute, { num_user: 2, ...args }, lists);
    await expect(run).rejects.toThrow('There is no argument');
  });
});

describe('a table of names', () => {
  const refusal = new FunctionError('out-of-memory', 'The keys of an input take more memory than there is.');
  afterEach(() => vi.unstubAllGlobals());

  it('refuses with a typed error what no array can be as long as', () => {
    expect(() => new NameTable().reserve(2 ** 40, 0)).toThrow(refusal);
  });

  it.each([
    ['slots', 1 << 14, 0],
    ['records', 1, 1 << 20],
  ])('refuses with a typed error where there is no memory for %s', (_what, names, bytes) => {
    const table = new NameTable();
    const none = class {
      constructor() {
        throw new RangeError('Array buffer allocation failed');
      }
    };
    vi.stubGlobal('Int32Array', none);
    vi.stubGlobal('Uint32Array', none);
    expect(() => table.reserve(names, bytes)).toThrow(refusal);
  });
});

describe('names with the same hash', () => {
  it('are told apart', () => {
    const block = Buffer.from('a:1\nb:2\nc:3\na:4\n');
    const rows = new NameRows();
    readRows(block, 0, rows);
    rows.hash.fill(7);
    const table = new NameTable();
    table.build(rows);
    table.join(rows, 2);
    const found = [...table.records()].map((record) => {
      const name = Buffer.alloc(table.nameLength(record));
      table.copyName(record, name, 0);
      return [name.toString(), table.sum(record), table.has(record, 2)];
    });
    expect(found).toEqual([
      ['a', 8, true],
      ['b', 4, true],
      ['c', 6, true],
    ]);
  });
});

describe('amounts', () => {
  it.each([
    ['0', 0],
    ['+5', 5],
    ['00000000000000000001', 1],
    ['4294967295', 4294967295],
    ['4294967296', -1],
    ['99999999999999999999999', -1],
    ['', -1],
    ['+', -1],
    ['++1', -1],
    ['-0', -1],
    ['1 2', -1],
    ['1_0', -1],
  ])('%j is %i', (text, value) => {
    const bytes = Buffer.from(text);
    expect(parseU32(bytes, 0, bytes.length)).toBe(value);
  });
});
