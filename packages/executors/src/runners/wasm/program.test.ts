import { describe, expect, it } from 'vitest';
import { type Assembly, assemble, op } from '../../testing/assemble.ts';
import { jobFor, MemoryFiles } from '../../testing/memory-files.ts';
import { RunnerFailure } from '../failure.ts';
import { Files } from '../files.ts';
import { Program } from './program.ts';

type Inputs = Readonly<Record<string, string>>;

function run(
  assembly: Assembly | Uint8Array<ArrayBuffer>,
  args: unknown = {},
  inputs: Inputs = {},
  outputs: string[] = [],
) {
  const requests = new MemoryFiles(inputs, outputs);
  const files = new Files(requests);
  const program = new Program(assembly instanceof Uint8Array ? assembly : assemble(assembly));
  const result = program.run(jobFor(args, inputs, outputs), files);
  files.flush();
  return { text: Buffer.from(result).toString(), requests };
}

const memory = { minimum: 1, export: 'memory' };
const entry = (type: string, code: readonly number[], locals = 0) => ({
  export: 'entrypoint',
  type,
  code,
  locals,
});
const simple = (type: string, ...code: number[][]): Assembly => ({
  memory,
  functions: [entry(type, code.flat())],
});

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
    ['is invalid', simple(':i', []), /cannot be compiled/],
  ])('fails a module that %s', (_what, assembly, message) => {
    expect(() => run(assembly as Assembly)).toThrow(RunnerFailure);
    expect(() => run(assembly as Assembly)).toThrow(message);
  });

  it('fails arguments with NUL', () => {
    expect(() => run(simple(':i', op.i32(1)), '{"a":"\\u0000"}')).toThrow(/NUL/);
  });
});

describe('traps, in WAMR’s words', () => {
  const table = { memory, table: [1], functions: [entry(':i', []), { type: ':', code: [] }] };
  it.each([
    ['unreachable', simple(':i', op.unreachable)],
    ['out of bounds memory access', simple(':i', op.i32(70_000), op.load)],
    ['integer divide by zero', simple(':i', op.i32(1), op.i32(0), op.divide)],
    ['integer divide by zero', simple(':i', op.i32(1), op.i32(0), op.remainder)],
    ['integer overflow', simple(':i', op.i32(-(2 ** 31)), op.i32(-1), op.divide)],
    ['integer overflow', simple(':i', [0x43, 0, 0, 0x80, 0x7f, 0xa8])],
    [
      'undefined element',
      {
        ...table,
        functions: [
          entry(':i', [...op.i32(5), ...op.callIndirect(1), ...op.i32(1)]),
          { type: ':', code: [] },
        ],
      },
    ],
    [
      'indirect call type mismatch',
      { ...table, functions: [entry(':i', [...op.i32(0), ...op.callIndirect(0)]), { type: ':', code: [] }] },
    ],
    ['wasm operand stack overflow', simple(':i', op.call(0))],
  ])('%s', (text, assembly) => {
    expect(run(assembly as Assembly).text).toBe(`Exception: ${text}`);
  });

  it.each([
    ['unknown', 'env', 'nothing', 'i:i'],
    ['of another module', 'other', 'teaclave_open_input', 'i:i'],
    ['with 64 bits', 'env', 'teaclave_open_input', 'I:i'],
    ['with another result', 'env', 'teaclave_close_file', 'i:'],
    ['named as what every object has', '__proto__', 'constructor', ':'],
  ])('an import %s loads, and traps when it is called', (_what, module, name, type) => {
    const argument: Record<string, number[]> = { I: [0x42, 0], i: op.i32(0) };
    const [params = '', results] = type.split(':');
    const call = [...(argument[params] ?? []), ...op.call(0), ...(results ? op.drop : []), ...op.i32(1)];
    const imports = [[module, name, type]] as const;
    expect(run({ memory, imports, functions: [entry(':i', op.i32(9))] }).text).toBe('9');
    expect(run({ memory, imports, functions: [entry(':i', call)] }).text).toBe(
      `Exception: failed to call unlinked import function (${module}, ${name})`,
    );
  });
});

const host = {
  open: 0,
  create: 1,
  read: 2,
  write: 3,
  close: 4,
};
const imports = [
  ['env', 'teaclave_open_input', 'i:i'],
  ['env', 'teaclave_create_output', 'i:i'],
  ['env', 'teaclave_read_file', 'iii:i'],
  ['env', 'teaclave_write_file', 'iii:i'],
  ['env', 'teaclave_close_file', 'i:i'],
] as const;
const withHost = (...code: number[][]): Assembly => ({
  imports,
  memory,
  functions: [entry(':i', code.flat(), 2)],
  data: [
    [16, 'in\0'],
    [32, 'out\0'],
    [48, 'none\0'],
    [64, new Uint8Array([0xff, 0])],
  ],
});
const call = (index: number, ...args: number[]) => [...args.flatMap(op.i32), ...op.call(index)];

describe('host functions', () => {
  const files = { in: 'hello' };
  it.each([
    ['open', withHost(call(host.open, 16)), '1'],
    [
      'open twice: numbers are not used again',
      withHost(call(host.open, 16), op.call(host.close), op.drop, call(host.open, 16)),
      '2',
    ],
    ['create', withHost(call(host.open, 16), op.drop, call(host.create, 32)), String(0x40000002)],
    ['open what is not there', withHost(call(host.open, 48)), '-1'],
    ['open a name that is no text', withHost(call(host.open, 64)), '-1'],
    ['create an input', withHost(call(host.create, 16)), '-1'],
    ['read', withHost(call(host.open, 16), op.drop, call(host.read, 1, 100, 99)), '5'],
    [
      'read at the end',
      withHost(call(host.open, 16), op.drop, call(host.read, 1, 100, 5), op.drop, call(host.read, 1, 100, 5)),
      '0',
    ],
    [
      'read what was read',
      withHost(call(host.open, 16), op.drop, call(host.read, 1, 100, 3), op.drop, op.i32(102), op.load8),
      '108',
    ],
    ['read nothing', withHost(call(host.open, 16), op.drop, call(host.read, 1, 100, 0)), '0'],
    [
      'read a closed handle',
      withHost(
        call(host.open, 16),
        op.drop,
        call(host.read, 1, 100, 1),
        op.drop,
        call(host.close, 1),
        op.drop,
        call(host.read, 1, 100, 1),
      ),
      '-1',
    ],
    ['read an output', withHost(call(host.create, 32), op.i32(100), op.i32(5), op.call(host.read)), '-1'],
    ['write', withHost(call(host.create, 32), op.i32(16), op.i32(2), op.call(host.write)), '2'],
    ['write to an input', withHost(call(host.open, 16), op.i32(16), op.i32(2), op.call(host.write)), '-1'],
    ['close', withHost(call(host.open, 16), op.call(host.close)), '0'],
    ['close twice', withHost(call(host.open, 16), op.call(host.close), op.drop, call(host.close, 1)), '-1'],
    ['close what never was', withHost(call(host.close, -1)), '-1'],
    ['a name beyond the memory', withHost(call(host.open, 65_536)), 'Exception: out of bounds memory access'],
    [
      'a name at the end of the address space',
      withHost(call(host.open, -1)),
      'Exception: out of bounds memory access',
    ],
    [
      'a buffer beyond the memory',
      withHost(call(host.read, 1, 65_530, 7)),
      'Exception: out of bounds memory access',
    ],
    ['a negative size', withHost(call(host.write, 1, 0, -1)), 'Exception: out of bounds memory access'],
    [
      'a pointer and a size that wrap',
      withHost(call(host.read, 1, -8, 16)),
      'Exception: out of bounds memory access',
    ],
  ])('%s', (_what, assembly, text) => {
    expect(run(assembly as Assembly, '{}', files, ['out']).text).toBe(text);
  });

  it('checks pointers before anything is asked of the worker', () => {
    const { requests } = run(
      withHost(call(host.create, 32), op.i32(65_535), op.i32(2), op.call(host.write)),
      '{}',
      {},
      ['out'],
    );
    expect(requests.requests).toEqual({ create: 1 });
  });

  it('writes what was written, also where a trap follows', () => {
    const twice = [
      ...call(host.create, 32),
      ...op.set(0),
      ...op.get(0),
      ...op.i32(16),
      ...op.i32(2),
      ...op.call(host.write),
      ...op.drop,
      ...op.get(0),
      ...op.i32(32),
      ...op.i32(3),
      ...op.call(host.write),
      ...op.drop,
    ];
    const { text, requests } = run(withHost(twice, op.unreachable), '{}', {}, ['out']);
    expect(text).toBe('Exception: unreachable');
    expect(requests.outputs.get('out')?.toString()).toBe('inout');
  });

  it('reach a memory that is not exported, also from the start function', () => {
    const assembly = withHost(op.i32(100), op.load8);
    const hidden: Assembly = {
      ...assembly,
      memory: { minimum: 1 },
      functions: [
        ...(assembly.functions ?? []),
        {
          type: ':',
          code: [...call(host.open, 16), ...op.i32(100), ...op.i32(5), ...op.call(host.read), ...op.drop],
        },
      ],
      start: 6,
    };
    expect(run(hidden, '{}', files).text).toBe('104');
  });

  it('gather small writes and reads into few requests', () => {
    const loop = [
      ...op.i32(300),
      ...op.set(0),
      ...call(host.create, 32),
      ...op.set(1),
      ...call(host.open, 16),
      ...op.drop,
      0x03,
      0x40,
      ...op.i32(2),
      ...op.i32(100),
      ...op.i32(1),
      ...op.call(host.read),
      ...op.drop,
      ...op.get(1),
      ...op.i32(16),
      ...op.i32(2),
      ...op.call(host.write),
      ...op.drop,
      ...op.get(0),
      ...op.i32(-1),
      ...op.add,
      0x22,
      0,
      0x0d,
      0,
      0x0b,
      ...op.get(0),
    ];
    const { text, requests } = run(withHost(loop), '{}', { in: 'x'.repeat(1000) }, ['out']);
    expect(text).toBe('0');
    expect(requests.outputs.get('out')?.toString()).toBe('in'.repeat(300));
    expect(requests.requests).toEqual({ create: 1, open: 1, read: 1, write: 2 });
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
});
