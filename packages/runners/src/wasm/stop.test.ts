/** What the host ends a program with is its end, whatever the program catches. */
import { describe, expect, it } from 'vitest';
import { type Assembly, op } from '../testing/assemble.ts';
import { memory, run } from '../testing/run-wasm.ts';

const WASI = 'wasi_snapshot_preview1';
const imports = [
  [WASI, 'fd_write', 'iiii:i'],
  [WASI, 'proc_exit', 'i:'],
  ['env', 'teaclave_read_file', 'iii:i'],
  ['env', 'nobody', ':'],
] as const;
/** Runs the code, and what it throws is caught: in either of the two encodings that toolchains write. */
const catchers: readonly (readonly [string, (code: readonly number[]) => number[]])[] = [
  ['try … catch_all', (code) => [0x06, 0x40, ...code, 0x19, 0x0b]],
  ['try_table', (code) => [0x02, 0x40, 0x1f, 0x40, 0x01, 0x02, 0x00, ...code, 0x0b, 0x0b]],
];
const say = [...op.i32(1), ...op.i32(16), ...op.i32(1), ...op.i32(0), ...op.call(0), ...op.drop];
/** Writes the text at 64. */
const program = (entry: string, type: string, code: readonly number[]): Assembly => ({
  imports,
  memory,
  functions: [{ export: entry, type, code }],
  data: [
    [16, new Uint8Array([64, 0, 0, 0, 6, 0, 0, 0])],
    [64, 'result'],
  ],
});
const times = (count: number, code: readonly number[]) => Array.from({ length: count }, () => code).flat();

describe.each(catchers)('a program that catches everything (%s)', (_how, caught) => {
  it('B7: does not pass for done with a result that was cut', () => {
    const limit = { outputBytes: 13 };
    const honest = program('_start', ':', times(2, say));
    expect(run(honest, {}, {}, [], limit).text).toBe('resultresult');
    const greedy = program('_start', ':', times(4, caught(say)));
    expect(() => run(greedy, {}, {}, [], limit)).toThrow(/larger than the 13 bytes .*output-limit/);
  });

  it('ends where it exits', () => {
    const exits = (code: number) => [...op.i32(code), ...op.call(1)];
    expect(run(program('_start', ':', [...say, ...caught(exits(0)), ...say])).text).toBe('result');
    expect(() => run(program('_start', ':', [...caught(exits(3)), ...say]))).toThrow(/ended with the code 3/);
  });

  it('ends where it traps', () => {
    const wild = [...op.i32(1), ...op.i32(65_535), ...op.i32(9), ...op.call(2), ...op.drop];
    const missing = op.call(3);
    const entry = (code: readonly number[]) =>
      program('entrypoint', ':i', [...caught(code), ...caught(say), ...op.i32(7)]);
    expect(run(entry([])).text).toBe('7');
    expect(run(entry(wild)).text).toBe('Exception: out of bounds memory access');
    expect(run(entry(missing)).text).toBe('Exception: failed to call unlinked import function (env, nobody)');
    expect(run(entry(op.unreachable)).text).toBe('Exception: unreachable');
  });

  it('cannot go on for ever after its end', () => {
    const forever = [...caught([...op.i32(4), ...op.call(1)]), ...op.loop([])];
    expect(() => run(program('_start', ':', forever))).toThrow(/ended with the code 4/);
  });
});
