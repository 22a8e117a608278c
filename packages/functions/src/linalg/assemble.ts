/**
 * Just enough of WebAssembly's binary format (webassembly.github.io/spec/core/binary, with 128-bit SIMD) for kernels
 * of one loop, so that they are source text here and no opaque bytes.
 */

/** Unsigned LEB128. */
function unsigned(value: number): number[] {
  const bytes: number[] = [];
  let left = value;
  for (; left > 127; left = Math.floor(left / 128)) bytes.push((left % 128) | 128);
  return [...bytes, left];
}

/** Signed LEB128 of 32 bits. */
function signed(value: number): number[] {
  const bytes: number[] = [];
  let left = value;
  for (; left < -64 || left > 63; left >>= 7) bytes.push((left & 127) | 128);
  return [...bytes, left & 127];
}

const vector = (items: readonly (readonly number[])[]) => [...unsigned(items.length), ...items.flat()];
const section = (id: number, body: readonly number[]) => [id, ...unsigned(body.length), ...body];
const name = (text: string) => [text.length, ...Buffer.from(text)];
const simd = (code: number, ...operands: number[]) => [0xfd, ...unsigned(code), ...operands];

export const I32 = 0x7f;
export const V128 = 0x7b;

/** Instructions, by the names of the specification. Alignment hints are those of the specification's natural ones. */
export const op = {
  localGet: (index: number) => [0x20, ...unsigned(index)],
  localSet: (index: number) => [0x21, ...unsigned(index)],
  i32Const: (value: number) => [0x41, ...signed(value)],
  i32Add: [0x6a],
  i32Sub: [0x6b],
  /** Runs `body`, which leaves an i32: again while that is not zero. */
  loop: (body: readonly number[]) => [0x03, 0x40, ...body, 0x0d, 0, 0x0b],
  v128Load: (offset: number) => simd(0x00, 3, ...unsigned(offset)),
  v128LoadSplat64: (offset: number) => simd(0x0a, 3, ...unsigned(offset)),
  v128Store: (offset: number) => simd(0x0b, 3, ...unsigned(offset)),
  f64x2Add: simd(0xf0),
  f64x2Mul: simd(0xf2),
} as const;

export interface Kernel {
  readonly name: string;
  readonly parameters: number;
  /** Types of the locals after the parameters. */
  readonly locals: readonly number[];
  readonly body: readonly number[];
}

/** A module of functions that take i32s, give nothing, and work on the memory imported as `env.memory`. */
export function assemble(kernels: readonly Kernel[]): Uint8Array<ArrayBuffer> {
  const types = kernels.map(({ parameters }) => [
    0x60,
    ...vector(new Array<number[]>(parameters).fill([I32])),
    0,
  ]);
  const bodies = kernels.map(({ locals, body }) => {
    const code = [...vector(locals.map((type) => [1, type])), ...body, 0x0b];
    return [...unsigned(code.length), ...code];
  });
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, vector(types)),
    ...section(2, vector([[...name('env'), ...name('memory'), 2, 0, 1]])),
    ...section(3, vector(kernels.map((_, index) => unsigned(index)))),
    ...section(7, vector(kernels.map((kernel, index) => [...name(kernel.name), 0, ...unsigned(index)]))),
    ...section(10, vector(bodies)),
  ]);
}
