/**
 * Passes over all rows: summed loss and gradient. Rows are copied in blocks, which stay in the cache, to where kernels
 * work on two doubles at a time.
 */
import { instantiate, Memory } from '../wasm/module.ts';
import type { Rows } from './curvature.ts';
import { differences, gradient, margins, REGISTERS, RESULTS } from './kernels.ts';

/** Doubles of a block. */
const BLOCK = 8192;
/** Rows of a block: half of them are factors, at most 2 each, of a product that must stay below 2^1024. */
const MOST_ROWS = 1024;
const PAGE = 65536;
/** A margin and a label that add nothing to any sum, for an odd row. */
const NEUTRAL = { margin: 1e300, label: 1 };

/** Of the block: two addresses and an end. */
type BlockKernel = (at: number, end: number, other: number) => unknown;

/** Where things lie, in bytes, all aligned to 16. */
function layOut(stride: number, capacity: number) {
  const even = capacity + (capacity % 2);
  const gradientAt = 8 * stride;
  const interceptAt = gradientAt + 8 * stride;
  const resultsAt = interceptAt + 16;
  const factorsAt = resultsAt + 16 * RESULTS;
  const labelsAt = factorsAt + 8 * even;
  const rowsAt = labelsAt + 8 * even;
  const end = rowsAt + 8 * capacity * stride;
  return { weightsAt: 0, gradientAt, interceptAt, resultsAt, factorsAt, labelsAt, rowsAt, even, end };
}

export class Passes {
  readonly #data: Rows;
  /** Doubles of a row in a block: even. */
  readonly #stride: number;
  readonly #capacity: number;
  readonly #at: ReturnType<typeof layOut>;
  readonly #doubles: Float64Array;
  readonly #margins: BlockKernel;
  readonly #differences: BlockKernel;
  readonly #gradients: readonly BlockKernel[];

  constructor(data: Rows) {
    this.#data = data;
    const pairs = Math.ceil(data.features / 2);
    this.#stride = 2 * pairs;
    this.#capacity = Math.min(MOST_ROWS, Math.max(1, Math.floor(BLOCK / Math.max(1, this.#stride))));
    this.#at = layOut(this.#stride, this.#capacity);
    const { weightsAt, gradientAt, interceptAt, resultsAt, end } = this.#at;
    const memory = new Memory({ initial: Math.ceil(end / PAGE) });
    this.#doubles = new Float64Array(memory.buffer);
    const firsts: number[] = [];
    for (let first = 0; first < pairs; first += REGISTERS) firsts.push(first);
    const functions = instantiate(
      {
        margins: margins(pairs, weightsAt),
        differences: differences(interceptAt, resultsAt),
        // oxlint-disable-next-line names/no-from-entries -- names of kernels, which are ours
        ...Object.fromEntries(
          firsts.map((first) => [`gradient${first}`, gradient(pairs, first, gradientAt)]),
        ),
      },
      memory,
    );
    const kernelOf = (name: string): BlockKernel => {
      const found = functions[name];
      if (!found) throw new Error(`no kernel ${name}`);
      return found;
    };
    this.#margins = kernelOf('margins');
    this.#differences = kernelOf('differences');
    this.#gradients = firsts.map((first) => kernelOf(`gradient${first}`));
  }

  /** Returns the summed loss of every `step`-th row, and puts its gradient into `gradient`; the intercept is first. */
  lossAndGradient(weights: Float64Array, into: Float64Array, step: number): number {
    const { rows, features } = this.#data;
    const doubles = this.#doubles;
    const { gradientAt, interceptAt, resultsAt, factorsAt, labelsAt, rowsAt } = this.#at;
    doubles.set(weights.subarray(1));
    doubles.fill(0, gradientAt / 8, gradientAt / 8 + this.#stride);
    doubles.fill(weights[0], interceptAt / 8, interceptAt / 8 + 2);
    let loss = 0;
    let intercept = 0;
    const result = (i: number) => doubles[resultsAt / 8 + i];
    for (let row = 0; row < rows; row += step * this.#capacity) {
      const count = this.#load(row, step);
      const end = rowsAt + 8 * count * this.#stride;
      this.#margins(rowsAt, end, factorsAt);
      if (count % 2 === 1) {
        doubles[factorsAt / 8 + count] = NEUTRAL.margin;
        doubles[labelsAt / 8 + count] = NEUTRAL.label;
      }
      this.#differences(factorsAt, factorsAt + 8 * count, labelsAt);
      loss += Math.log(result(0)) + Math.log(result(1)) + result(2) + result(3);
      intercept += result(4) + result(5);
      for (const add of this.#gradients) add(rowsAt, end, factorsAt);
    }
    into[0] = intercept;
    into.set(doubles.subarray(gradientAt / 8, gradientAt / 8 + features), 1);
    return loss;
  }

  /** Copies a block of rows and their labels; returns how many. */
  #load(row: number, step: number): number {
    const { values, labels, rows, features } = this.#data;
    const stride = this.#stride;
    const doubles = this.#doubles;
    const count = Math.min(this.#capacity, Math.ceil((rows - row) / step));
    const [labelsAt, rowsAt] = [this.#at.labelsAt / 8, this.#at.rowsAt / 8];
    if (step === 1 && stride === features) {
      doubles.set(values.subarray(row * features, (row + count) * features), rowsAt);
      doubles.set(labels.subarray(row, row + count), labelsAt);
      return count;
    }
    for (let i = 0, to = rowsAt; i < count; i++, to += stride) {
      const from = (row + i * step) * features;
      for (let c = 0; c < features; c++) doubles[to + c] = values[from + c];
      doubles[labelsAt + i] = labels[row + i * step];
    }
    return count;
  }
}
