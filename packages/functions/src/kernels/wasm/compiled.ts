/** Kernels that are compiled once per thread, and run on memories of their own. */
import { type WasmFunction, type WasmModule, wasm } from './api.ts';
import { assemble, type Body } from './module.ts';

/** Bytes of a page of memory. */
const PAGE = 65536;

export interface Loaded {
  readonly exports: Readonly<Record<string, WasmFunction>>;
  /** The memory, zero at first. */
  readonly doubles: Float64Array;
}

/** A module for each number that code is made for; code holds nothing of anybody's data. */
export class Compiled {
  readonly #make: (number: number) => Readonly<Record<string, Body>>;
  readonly #modules = new Map<number, WasmModule>();

  constructor(make: (number: number) => Readonly<Record<string, Body>>) {
    this.#make = make;
  }

  /** The code for `number` on a new memory of at least so many doubles. */
  load(number: number, doubles: number): Loaded {
    const module = this.#modules.get(number) ?? new wasm.Module(assemble(this.#make(number)));
    this.#modules.set(number, module);
    const bytes = doubles * Float64Array.BYTES_PER_ELEMENT;
    const memory = new wasm.Memory({ initial: Math.ceil(bytes / PAGE) });
    const { exports } = new wasm.Instance(module, { env: { memory } });
    return { exports, doubles: new Float64Array(memory.buffer) };
  }
}
