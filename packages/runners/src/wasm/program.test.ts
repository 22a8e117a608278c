import { describe, expect, it } from 'vitest';
import { RunnerFailure } from '../failure.ts';
import { type Assembly, op } from '../testing/assemble.ts';
import { entry, memory, run, simple } from '../testing/run-wasm.ts';

describe('the entry', () => {
  it.each([
    ['an i32, signed', simple('ii:i', op.i32(-7)), '-7'],
    ['argc', simple('ii:i', op.get(0)), '4'],
    ['fewer parameters', simple('i:i', op.get(0)), '4'],
    ['no parameters', simple(':i', op.i32(5)), '5'],
    ['no result: argc', simple('ii:', []), '4'],
    ['an i64: its low 32 bits', simple(':I', [0x42, 0x83, 0x80, 0x80, 0x80, 0x90, 0x00]), '3'],
    ['an f32: its bits', simple(':f', [0x43, 0, 0, 0x80, 0x3f]), '1065353216'],
    ['an f64: its low 32 bits', simple(':F', [0x44, 1, 0, 0, 0, 0, 0, 0xf0, 0x3f]), '1'],
    ['an i64 parameter: both cells', simple('I:i', op.get(0), [0xa7]), '4'],
    [
      'too many parameters',
      simple('iii:i', op.i32(1)),
      'Exception: invalid argument count 2, must be no smaller than 3',
    ],
    ['no memory', { functions: [entry('ii:i', op.i32(1))] }, 'Exception: uninitialized memory'],
  ])('%s', (_what, assembly, text) => {
    expect(run(assembly as Assembly, { a: 'x', b: 1 }).text).toBe(text);
  });

  it.each([
    ['has no entry', { memory, functions: [] }, /exports no function "entrypoint"/],
    [
      'exports something else by that name',
      { memory: { minimum: 1, export: 'entrypoint' } },
      /exports no function/,
    ],
    [
      'wants more memory than allowed',
      { ...simple(':i', op.i32(1)), memory: { minimum: 1025 } },
      /starts with 65 MiB .* allows 64/,
    ],
    [
      'traps at its start',
      {
        ...simple(':i', op.unreachable),
        functions: [entry(':i', op.i32(1)), { type: ':', code: op.unreachable }],
        start: 1,
      },
      /failed before its entry: unreachable/,
    ],
    [
      'B8: has a start function with a parameter',
      {
        ...simple(':i', op.i32(1)),
        functions: [entry(':i', op.i32(1)), { type: 'I:', code: [] }],
        start: 1,
      },
      /start function has parameters/,
    ],
    ['is invalid', simple(':i', []), /cannot be compiled/],
  ])('fails a module that %s', (_what, assembly, message) => {
    expect(() => run(assembly as Assembly)).toThrow(RunnerFailure);
    expect(() => run(assembly as Assembly)).toThrow(message);
  });

  it('B8: a result that is a vector', () => {
    // (module (memory (export "m") 1) (func (export "entrypoint") (result v128) v128.const i32x4 0 0 0 0))
    const module = Buffer.from(
      '0061736d0100000001050160' +
        '00017b' +
        '03020100' +
        '05030100' +
        '01' +
        '0712020a656e747279706f696e740000016d0200' +
        '0a16011400fd0c' +
        '00'.repeat(16) +
        '0b',
      'hex',
    );
    expect(run(new Uint8Array(module)).text).toBe('Exception: unsupported type of a result');
  });

  it('B8: fails a module that imports tables without end', () => {
    // (module (import "e" "t" (table 10000000 funcref)) …) forty times, and an entry.
    const table = '0165' + '0174' + '01' + '7000' + '80ade204';
    const imports = `28${table.repeat(40)}`;
    const size = (hex: string) => {
      const bytes = hex.length / 2;
      return Buffer.from([(bytes & 0x7f) | 0x80, bytes >> 7]).toString('hex');
    };
    const module =
      `0061736d0100000001050160000` +
      `17f02${size(imports)}${imports}03020100070e010a656e747279706f696e740000` +
      '0a06010400410' +
      '10b';
    expect(() => run(new Uint8Array(Buffer.from(module, 'hex')))).toThrow(
      /imports tables of 400000000 entries/,
    );
  });

  it('fails arguments with NUL', () => {
    expect(() => run(simple(':i', op.i32(1)), '{"a":"\\u0000"}')).toThrow(/NUL/);
  });
});

describe('arguments in memory', () => {
  /** The first byte of text `index`. */
  const first = (index: number): Assembly =>
    simple('ii:i', op.get(1), op.i32(4 * index), op.add, op.load, op.load8);
  it('are pairs of C strings in new pages', () => {
    const text = (index: number) =>
      String.fromCharCode(Number(run(first(index), { b: 'x', a: 'long text', n: 1.5 }).text));
    expect([0, 1, 2, 3, 4, 5].map(text)).toEqual(['a', 'l', 'b', 'x', 'n', '1']);
    expect(run(simple('ii:i', op.get(1), op.load), { a: 'x' }).text).toBe(String(65_536));
  });

  it('are put where malloc says', () => {
    const own: Assembly = {
      memory,
      functions: [
        ...(first(1).functions ?? []),
        {
          export: 'malloc',
          type: 'i:i',
          code: [
            ...op.i32(0),
            ...op.load,
            ...op.i32(0),
            ...op.i32(0),
            ...op.load,
            ...op.get(0),
            ...op.add,
            ...op.i32(3),
            ...op.add,
            ...op.i32(-4),
            0x71,
            ...op.store,
            ...op.i32(512),
            ...op.add,
          ],
        },
        { export: 'free', type: 'i:', code: [] },
      ],
    };
    expect(run(own, { key: 'value' }).text).toBe(String('v'.charCodeAt(0)));
    expect(
      run(
        { ...own, functions: [entry('ii:i', [...op.get(1), ...op.load]), ...(own.functions ?? []).slice(1)] },
        { key: 'v' },
      ).text,
    ).toBe('512');
  });

  it('trap where malloc has none, and fail where memory cannot grow', () => {
    const none: Assembly = {
      memory,
      functions: [
        entry('ii:i', op.i32(1)),
        { export: 'malloc', type: 'i:i', code: op.i32(0) },
        { export: 'free', type: 'i:', code: [] },
      ],
    };
    expect(run(none, { a: 'x' }).text).toBe('Exception: allocate memory failed');
    const wild = {
      ...none,
      functions: [
        entry('ii:i', op.i32(1)),
        { export: 'malloc', type: 'i:i', code: op.i32(-16) },
        { export: 'free', type: 'i:', code: [] },
      ],
    };
    expect(run(wild, { a: 'a long argument of more than 16 bytes' }).text).toBe(
      'Exception: out of bounds memory access',
    );
    expect(() => run({ ...first(0), memory: { minimum: 1, maximum: 1 } }, { a: 'x' })).toThrow(
      /no room for its arguments/,
    );
  });

  it('memory grows up to the limit', () => {
    const grow = (pages: number) => simple(':i', op.i32(pages), op.grow);
    expect(run(grow(1023)).text).toBe('1');
    expect(run(grow(1024)).text).toBe('-1');
  });

  /** Fills a file by 1 MiB each time until that is refused; the result is how often it was not. */
  const filling = (pages: number): Assembly => ({
    imports: [
      ['wasi_snapshot_preview1', 'path_open', 'iiiiiIIii:i'],
      ['wasi_snapshot_preview1', 'fd_write', 'iiii:i'],
    ],
    memory: { minimum: 32, export: 'memory' },
    data: [
      [16, Uint8Array.of(0, 0, 0, 0, 0, 0, 16, 0)],
      [64, 'f'],
    ],
    functions: [
      entry(
        ':i',
        [
          ...[op.i32(pages), op.grow, op.drop].flat(),
          ...[5, 0, 64, 1, 1].flatMap(op.i32),
          0x42,
          0,
          0x42,
          0,
          ...[0, 0].flatMap(op.i32),
          ...[op.call(0), op.drop].flat(),
          ...op.loop([
            ...[op.i32(0), op.load, op.i32(16), op.i32(1), op.i32(32), op.call(1), op.set(0)].flat(),
            // ENOSPC: the count. Any other errno: that, negative.
            ...[op.get(0), op.i32(51)].flat(),
            ...[0x46, 0x04, 0x40, op.get(1), 0x0f, op.end].flat(),
            ...[op.get(0), 0x04, 0x40, op.i32(0), op.get(0), 0x6b, 0x0f, op.end].flat(),
            ...[op.get(1), op.i32(1), op.add, op.set(1)].flat(),
          ]),
          ...op.unreachable,
        ],
        2,
      ),
    ],
  });

  it.each([
    ['what its memory leaves', 0, '61'],
    ['less once its memory has grown', 800, '11'],
    ['next to nothing beside a memory of all of it', 990, '0'],
  ])("files in the program's folder have %s", (_what, pages, writes) => {
    expect(run(filling(pages)).text).toBe(writes);
  });
});
