import { describe, expect, it } from 'vitest';
import { type Assembly, op } from '../testing/assemble.ts';
import { entry, memory, run, simple } from '../testing/run-wasm.ts';

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
