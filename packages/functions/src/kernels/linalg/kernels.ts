/** The kernels of this folder, on memory of their own. */
import { type WasmModule, wasm } from '../wasm/api.ts';
import { assemble, PAGE } from '../wasm/module.ts';
import { type Center, centerBody } from './center.ts';
import { type Rows, rowsBody } from './rows.ts';
import { type Tile, tileBody } from './tile.ts';

export interface Kernels {
  readonly center: Center;
  readonly rows: Rows;
  readonly tile: Tile;
  /** The memory, zero at first. */
  readonly doubles: Float64Array;
}

/** Compiled once per thread: it is code only. */
let code: WasmModule | undefined;

export function kernelsOn(bytes: number): Kernels {
  code ??= new wasm.Module(assemble({ center: centerBody(), rows: rowsBody(), tile: tileBody() }));
  const memory = new wasm.Memory({ initial: Math.ceil(bytes / PAGE) });
  const { exports } = new wasm.Instance(code, { env: { memory } });
  const { center, rows, tile } = exports;
  return { center, rows, tile, doubles: new Float64Array(memory.buffer) };
}
