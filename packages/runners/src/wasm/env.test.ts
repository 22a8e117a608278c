import { describe, expect, it } from 'vitest';
import { type Assembly, op } from '../testing/assemble.ts';
import { entry, memory, run } from '../testing/run-wasm.ts';

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
    ...[-1, -(2 ** 31)].flatMap((handle): [string, Assembly, string][] => [
      [`B5: read handle ${handle}`, withHost(call(host.read, handle, 100, 5)), '-1'],
      [`B5: read nothing of handle ${handle}`, withHost(call(host.read, handle, 100, 0)), '-1'],
      [`B5: write handle ${handle}`, withHost(call(host.write, handle, 16, 2)), '-1'],
      [`B5: close handle ${handle}`, withHost(call(host.close, handle)), '-1'],
    ]),
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
