/** The memory that the kernels work in, and everything in it. */

import { limits } from '../../../limits.ts';
import { FunctionError } from '../../../refusal.ts';
import type { Singles, Table } from '../../table.ts';
import { Memory, type WasmMemory } from '../../wasm/module.ts';
import { isMissing } from '../tree.ts';
import { chooseCuts } from './bins.ts';
import { BINS, FEATURE_BYTES, type Kernels, MISSING_BIN, makeKernels } from './kernels.ts';

const PAGE = 65536;
const MOST_PAGES = limits.histogramPages.value;
/** The kernels' single results. */
const OUT = 16;

export interface Store {
  readonly rows: number;
  readonly features: number;
  /** By feature: ascending thresholds; a row's bin is how many of them its value reaches. */
  readonly cuts: readonly Float32Array[];
  /** By feature: how many rows have no value, which are in the bin `MISSING_BIN`. */
  readonly missing: readonly number[];
  readonly kernels: Kernels;
  /** Row-major. */
  readonly bins: Uint8Array<ArrayBuffer>;
  /** Gradient and hessian of every row. */
  readonly pairs: Float32Array<ArrayBuffer>;
  /** Rows, those of each node together, and the address of the first. */
  readonly order: Uint32Array<ArrayBuffer>;
  readonly orderAt: number;
  /** All of the histograms as numbers. */
  readonly doubles: Float64Array<ArrayBuffer>;
  /** Addresses of the histograms. */
  readonly histograms: readonly number[];
  readonly out: number;
}

function reserveMemory(bytes: number, rows: number): WasmMemory {
  const pages = Math.ceil(bytes / PAGE);
  try {
    if (pages > MOST_PAGES) throw new RangeError('more than an address of 32 bits reaches');
    return new Memory({ initial: pages, maximum: pages });
  } catch (cause) {
    throw new FunctionError(
      'out-of-memory',
      `The data do not fit in memory: ${rows} rows need ${Math.ceil(bytes / 2 ** 20)} MiB, and 4095 MiB is the most. Give fewer rows or features, or a lower "max_depth".`,
      { cause },
    );
  }
}

const alignUp = (bytes: number): number => Math.ceil(bytes / 64) * 64;

/** Puts the rows without a value into their bin; returns how many there are. */
function markMissing(column: Float32Array, bins: Uint8Array, feature: number, features: number): number {
  let count = 0;
  for (let row = 0, at = feature; row < column.length; row++, at += features) {
    if (!isMissing(column[row])) continue;
    bins[at] = MISSING_BIN;
    count++;
  }
  return count;
}

/** Sorts the table's values (f32, columns one after the other) into bins. `depth`: histograms needed at a time. */
export function makeStore(table: Table<Singles>, maxBins: number, depth: number): Store {
  const { rows, features, stride, values } = table;
  const cutsAt = 64;
  const binsAt = cutsAt + 4 * BINS;
  const gradients = binsAt + alignUp(rows * features);
  const orderAt = gradients + alignUp(rows * 8);
  const scratch = orderAt + alignUp(rows * 4);
  const first = scratch + alignUp(rows * 4);
  const histogramBytes = features * FEATURE_BYTES;
  const end = first + (depth + 1) * histogramBytes;
  const memory = reserveMemory(end, rows);
  const kernels = makeKernels({ features, cuts: cutsAt, bins: binsAt, gradients, scratch }, memory);
  const padded = new Float32Array(memory.buffer, cutsAt, BINS);
  // Columns pass through where gradients will be.
  const passing = new Float32Array(memory.buffer, gradients, rows);
  const bins = new Uint8Array(memory.buffer, binsAt, rows * features);
  const cuts: Float32Array[] = [];
  const missing: number[] = [];
  for (let feature = 0; feature < features; feature++) {
    const column = values.subarray(feature * stride, feature * stride + rows);
    const chosen = chooseCuts(column, maxBins);
    padded.fill(Number.POSITIVE_INFINITY);
    padded.set(chosen);
    passing.set(column);
    kernels.assign(gradients, gradients + 4 * rows, binsAt + feature);
    cuts.push(chosen);
    missing.push(markMissing(column, bins, feature, features));
  }
  return {
    rows,
    features,
    cuts,
    missing,
    kernels,
    bins,
    pairs: new Float32Array(memory.buffer, gradients, 2 * rows),
    order: new Uint32Array(memory.buffer, orderAt, rows),
    orderAt,
    doubles: new Float64Array(memory.buffer, 0, Math.floor(end / 8)),
    histograms: Array.from({ length: depth + 1 }, (_, i) => first + i * histogramBytes),
    out: OUT,
  };
}
