/** Products of many rows with a few fixed vectors. */
import { type Kernels, kernelsOn } from './kernels.ts';
import { DOUBLE, TILE } from './tile.ts';

const BYTES = TILE * DOUBLE;
/** Bytes of rows that are worked on at once: they stay in the first cache. */
const BLOCK = 16 << 10;

/** Some rows and their products. */
export interface Portion {
  /** The first row. */
  readonly row: number;
  /** How many rows. */
  readonly some: number;
  /** The products of the i-th of them begin at `products[at + i * step]`. The array is used again. */
  readonly products: Float64Array;
  readonly at: number;
  readonly step: number;
}

export class Projection {
  readonly columns: number;
  readonly count: number;
  readonly #kernels: Kernels;
  readonly #tiles: number;
  readonly #capacity: number;
  /** Doubles from one row to the next. */
  readonly #stride: number;
  /** Where things are, in doubles: the vectors at 0, four at a time; rows; their products; rows as they come; the origin. */
  readonly #block: number;
  readonly #result: number;
  readonly #raw: number;
  readonly #origin: number;

  /** Rows are taken less `origin`. */
  constructor(columns: number, count: number, origin: Float64Array) {
    this.columns = columns;
    this.count = count;
    this.#tiles = Math.ceil(count / TILE);
    this.#stride = columns + (columns % 2);
    this.#capacity = TILE * Math.max(1, Math.floor(BLOCK / (columns * BYTES)));
    this.#block = this.#tiles * TILE * this.#stride;
    this.#result = this.#block + this.#capacity * this.#stride;
    this.#raw = this.#result + this.#capacity * this.#tiles * TILE;
    this.#origin = this.#raw + this.#capacity * columns + 1;
    this.#kernels = kernelsOn((this.#origin + columns + 1) * DOUBLE);
    this.#kernels.doubles.set(origin, this.#origin);
  }

  /** Vector k is `vectors[k * columns .. (k + 1) * columns]`. */
  set(vectors: Float64Array): this {
    const { columns } = this;
    const { doubles } = this.#kernels;
    for (let k = 0; k < this.count; k++) {
      const to = Math.floor(k / TILE) * this.#stride * TILE + (k % TILE);
      for (let j = 0; j < columns; j++) doubles[to + j * TILE] = vectors[k * columns + j];
    }
    return this;
  }

  /** `rows * count` numbers into `into`, row after row. */
  apply(values: Float64Array, rows: number, into: Float64Array): void {
    const { count } = this;
    this.eachPortion(values, rows, ({ row, some, products, at, step }) => {
      for (let i = 0, to = row * count; i < some; i++)
        for (let k = 0, from = at + i * step; k < count; k++) into[to++] = products[from++];
    });
  }

  /** Calls `each` for portions of the rows, in order. */
  eachPortion(values: Float64Array, rows: number, each: (portion: Portion) => void): void {
    for (let row = 0; row < rows; row += this.#capacity) {
      const some = Math.min(this.#capacity, rows - row);
      this.#project(values, row, some);
      each({
        row,
        some,
        products: this.#kernels.doubles,
        at: this.#result,
        step: this.#tiles * TILE,
      });
    }
  }

  #project(values: Float64Array, row: number, some: number): void {
    const { columns } = this;
    const { center, rows, doubles } = this.#kernels;
    const [stride, from, bytes] = [this.#stride * DOUBLE, this.#raw * DOUBLE, columns * DOUBLE];
    doubles.set(values.subarray(row * columns, (row + some) * columns), this.#raw);
    const block = this.#block * DOUBLE;
    center(from, from + some * bytes, block, stride, this.#origin * DOUBLE, bytes);
    // What is none of an odd row must count for nothing; the vectors are zero there, but not times NaN.
    if (columns % 2 === 1)
      for (let i = 0; i < some; i++) doubles[this.#block + i * this.#stride + columns] = 0;
    // Rows that fill the last four up are whatever was there.
    const end = block + Math.ceil(some / TILE) * TILE * stride;
    const wide = this.#tiles * TILE;
    for (let k = 0; k < this.#tiles; k++)
      rows(block, end, stride, k * this.#stride * BYTES, (this.#result + k * TILE) * DOUBLE, wide * DOUBLE);
  }
}
