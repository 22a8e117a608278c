/**
 * A very small WebAssembly assembler: kernels are written here instruction by instruction, so that no binary and no
 * compiler is part of the project. Format: WebAssembly core specification, chapter 5 (with SIMD).
 */

import { type WasmFunction, type WasmImports, type WasmMemory, wasm } from './api.ts';

export type { WasmMemory };
export const { Memory } = wasm;

export type ValueType = 'i32' | 'f32' | 'f64' | 'v128';
const TYPE: Record<ValueType, number> = { i32: 0x7f, f32: 0x7d, f64: 0x7c, v128: 0x7b };

function encodeUnsigned(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  do {
    const low = rest % 128;
    rest = Math.floor(rest / 128);
    bytes.push(rest > 0 ? low | 0x80 : low);
  } while (rest > 0);
  return bytes;
}

function encodeSigned(value: number): number[] {
  const bytes: number[] = [];
  for (let rest = value; ; ) {
    const low = rest & 0x7f;
    rest >>= 7;
    const last = (rest === 0 && low < 64) || (rest === -1 && low >= 64);
    bytes.push(last ? low : low | 0x80);
    if (last) return bytes;
  }
}

const vector = (items: readonly (readonly number[])[]): number[] => [
  ...encodeUnsigned(items.length),
  ...items.flat(),
];
const withSize = (bytes: readonly number[]): number[] => [...encodeUnsigned(bytes.length), ...bytes];
const text = (name: string): number[] => withSize([...Buffer.from(name)]);

/** Instructions without immediates. */
const PLAIN = {
  end: [0x0b],
  'i32.eqz': [0x45],
  'i32.lt_u': [0x49],
  'i32.le_u': [0x4d],
  'i32.add': [0x6a],
  'i32.sub': [0x6b],
  'i32.mul': [0x6c],
  'i32.and': [0x71],
  'i32.shl': [0x74],
  'i32.shr_u': [0x76],
  'f32.ge': [0x60],
  'f64.gt': [0x64],
  'f64.ge': [0x66],
  'f64.add': [0xa0],
  'f64.sub': [0xa1],
  'f64.mul': [0xa2],
  'f64.div': [0xa3],
  'memory.copy': [0xfc, 0x0a, 0, 0],
  'f64x2.add': [0xfd, ...encodeUnsigned(0xf0)],
  'f64x2.splat': [0xfd, 0x14],
  'f64x2.mul': [0xfd, ...encodeUnsigned(0xf2)],
  'f64x2.sub': [0xfd, ...encodeUnsigned(0xf1)],
  'f64x2.div': [0xfd, ...encodeUnsigned(0xf3)],
  'f64x2.max': [0xfd, ...encodeUnsigned(0xf5)],
  'f64x2.pmin': [0xfd, ...encodeUnsigned(0xf6)],
  'f64x2.abs': [0xfd, ...encodeUnsigned(0xec)],
  'f64x2.neg': [0xfd, ...encodeUnsigned(0xed)],
  'f64x2.eq': [0xfd, 0x47],
  'f64x2.lt': [0xfd, 0x49],
  'f64x2.ge': [0xfd, 0x4c],
  'i64x2.add': [0xfd, ...encodeUnsigned(0xce)],
  'i64x2.shl': [0xfd, ...encodeUnsigned(0xcb)],
  'v128.and': [0xfd, 0x4e],
  'v128.or': [0xfd, 0x50],
  'v128.bitselect': [0xfd, 0x52],
  'f64x2.promote_low_f32x4': [0xfd, 0x5f],
} as const;

/** Instructions that take an address, with the logarithm of their alignment. */
const MEMORY = {
  'i32.load': [[0x28], 2],
  'f32.load': [[0x2a], 2],
  'f64.load': [[0x2b], 3],
  'i32.load8_u': [[0x2d], 0],
  'i32.store': [[0x36], 2],
  'i32.store8': [[0x3a], 0],
  'f64.store': [[0x39], 3],
  'v128.load': [[0xfd, 0x00], 4],
  'v128.load64_splat': [[0xfd, 0x0a], 3],
  'v128.load64_zero': [[0xfd, 0x5d], 3],
  'v128.store': [[0xfd, 0x0b], 4],
} as const;

/** The body of one function. Locals are numbered: parameters first. */
export class Body {
  readonly #code: number[] = [];
  readonly parameters: readonly ValueType[];
  readonly locals: readonly ValueType[];
  readonly result: ValueType | undefined;

  constructor(parameters: readonly ValueType[], locals: readonly ValueType[], result?: ValueType) {
    this.parameters = parameters;
    this.locals = locals;
    this.result = result;
  }

  op(...names: (keyof typeof PLAIN)[]): this {
    for (const name of names) this.#code.push(...PLAIN[name]);
    return this;
  }

  /** A load or store at the address on the stack plus `offset`. */
  memory(name: keyof typeof MEMORY, offset = 0): this {
    const [code, align] = MEMORY[name];
    this.#code.push(...code, align, ...encodeUnsigned(offset));
    return this;
  }

  get(...locals: number[]): this {
    for (const local of locals) this.#code.push(0x20, ...encodeUnsigned(local));
    return this;
  }

  set(local: number): this {
    this.#code.push(0x21, ...encodeUnsigned(local));
    return this;
  }

  tee(local: number): this {
    this.#code.push(0x22, ...encodeUnsigned(local));
    return this;
  }

  /** The same double twice. */
  pair(value: number): this {
    return this.f64(value).op('f64x2.splat');
  }

  i32(value: number): this {
    this.#code.push(0x41, ...encodeSigned(value));
    return this;
  }

  f64(value: number): this {
    this.#code.push(0x44, ...new Uint8Array(Float64Array.of(value).buffer));
    return this;
  }

  /** Adds so many bytes to a pointer. */
  advance(local: number, bytes: number): this {
    return this.get(local).i32(bytes).op('i32.add').set(local);
  }

  /** Runs `inside` again and again while `local` is below `limit`, both i32; not at all if it is not below at first. */
  whileBelow(local: number, limit: number, inside: (body: this) => void): this {
    this.#code.push(0x02, 0x40);
    this.get(local, limit).op('i32.lt_u', 'i32.eqz');
    this.#code.push(0x0d, 0, 0x03, 0x40);
    inside(this);
    this.get(local, limit).op('i32.lt_u');
    this.#code.push(0x0d, 0);
    return this.op('end', 'end');
  }

  /** Runs `inside` if the i32 on the stack is not 0. */
  when(inside: (body: this) => void): this {
    this.#code.push(0x04, 0x40);
    inside(this);
    return this.op('end');
  }

  /** One of the two doubles of the v128 on the stack. */
  lane(lane: 0 | 1): this {
    this.#code.push(0xfd, 0x21, lane);
    return this;
  }

  /** The v128 on the stack with its two doubles in each other's place; `copy`, a v128, is used for it. */
  swap(copy: number): this {
    this.tee(copy).get(copy);
    this.#code.push(0xfd, 0x0d, ...Array.from({ length: 16 }, (_, i) => i ^ 8));
    return this;
  }

  encode(): number[] {
    const locals = vector(this.locals.map((type) => [1, TYPE[type]]));
    return withSize([...locals, ...this.#code, ...PLAIN.end]);
  }

  signature(): number[] {
    const results = this.result ? [[TYPE[this.result]]] : [];
    return [0x60, ...vector(this.parameters.map((type) => [TYPE[type]])), ...vector(results)];
  }
}

const section = (id: number, content: readonly number[]): number[] => [id, ...withSize(content)];

const MAGIC_AND_VERSION = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00];

/** Assembles functions that share the imported memory `env.memory`; each is exported under its name. */
export function assemble(functions: Readonly<Record<string, Body>>): Uint8Array {
  const bodies = Object.values(functions);
  return Uint8Array.from([
    ...MAGIC_AND_VERSION,
    ...section(1, vector(bodies.map((body) => body.signature()))),
    ...section(2, vector([[...text('env'), ...text('memory'), 2, 0, 0]])),
    ...section(3, vector(bodies.map((_, i) => encodeUnsigned(i)))),
    ...section(7, vector(Object.keys(functions).map((name, i) => [...text(name), 0, ...encodeUnsigned(i)]))),
    ...section(10, vector(bodies.map((body) => body.encode()))),
  ]);
}

/** Assembles, compiles and instantiates; the functions by name. */
export function instantiate(
  functions: Readonly<Record<string, Body>>,
  memory: WasmMemory,
): Readonly<Record<string, WasmFunction>> {
  const imports: WasmImports = { env: { memory } };
  return new wasm.Instance(new wasm.Module(assemble(functions)), imports).exports;
}
