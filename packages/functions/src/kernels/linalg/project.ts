/** Products of many rows with a few fixed vectors. */
import { Compiled } from '../wasm/compiled.ts';
import { type Center, centerBody } from './center.ts';
import { DOUBLE } from './pair.ts';
import { type Products, packPanels, type Shape, shapeOf, storedProductsBody } from './products.ts';

/** Bytes of rows that are worked on at once: they stay in the second cache. */
const BLOCK = 64 << 10;

const code = new Compiled((pairs) => ({
  center: centerBody(),
  products: storedProductsBody(shapeOf(2 * pairs)),
}));

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

export interface ProjectionOptions {
  /** Is taken away from each row. Default: nothing. */
  readonly origin?: Float64Array;
  /** Bytes of rows at once. No result depends on it. */
  readonly block?: number;
}

export class Projection {
  readonly columns: number;
  readonly count: number;
  readonly #shape: Shape;
  readonly #center: Center;
  readonly #products: Products;
  readonly #doubles: Float64Array;
  readonly #capacity: number;
  readonly #centered: boolean;
  /** Where things are, in doubles: the vectors in panels at 0; products of rows; the origin; rows as they come; rows less the origin. */
  readonly #result: number;
  readonly #origin: number;
  readonly #raw: number;
  readonly #block: number;

  constructor(columns: number, count: number, { origin, block = BLOCK }: ProjectionOptions = {}) {
    this.columns = columns;
    this.count = count;
    const shape = shapeOf(count);
    this.#shape = shape;
    this.#capacity = shape.rows * Math.max(1, Math.floor(block / (columns * DOUBLE * shape.rows)));
    this.#result = columns * this.#step;
    // Where the number of columns is odd, one more is read of the origin and of the rows, and written behind those less it.
    this.#origin = this.#result + this.#capacity * this.#step;
    this.#raw = this.#origin + columns + 1;
    this.#block = this.#raw + this.#capacity * columns + 1;
    const { exports, doubles } = code.load(shape.pairs, this.#block + this.#capacity * columns + 1);
    this.#center = exports['center'];
    this.#products = exports['products'];
    this.#doubles = doubles;
    this.#centered = origin !== undefined;
    if (origin) doubles.set(origin, this.#origin);
  }

  /** Doubles from one row's products to the next's. */
  get #step(): number {
    return this.#shape.panels * this.#shape.pairs * 2;
  }

  /** Vector k is `vectors[k * columns .. (k + 1) * columns]`; those beyond `count` are left alone. */
  set(vectors: Float64Array): this {
    const wanted = vectors.subarray(0, this.count * this.columns);
    packPanels(wanted, this.columns, this.#shape, this.#doubles);
    return this;
  }

  /** `rows * count` numbers into `into`, row after row. */
  apply(values: Float64Array, rows: number, into: Float64Array): void {
    const { count } = this;
    this.eachPortion(values, rows, ({ row, some, products, at, step }) => {
      if (step === count) {
        into.set(products.subarray(at, at + some * step), row * count);
        return;
      }
      for (let i = 0, to = row * count; i < some; i++)
        for (let k = 0, from = at + i * step; k < count; k++) into[to++] = products[from++];
    });
  }

  /** Calls `each` for portions of the rows, in order. */
  eachPortion(values: Float64Array, rows: number, each: (portion: Portion) => void): void {
    const { columns } = this;
    for (let row = 0; row < rows; row += this.#capacity) {
      const some = Math.min(this.#capacity, rows - row);
      this.#doubles.set(values.subarray(row * columns, (row + some) * columns), this.#raw);
      this.#project(some);
      each({ row, some, products: this.#doubles, at: this.#result, step: this.#step });
    }
  }

  #project(some: number): void {
    const bytes = this.columns * DOUBLE;
    const [raw, block] = [this.#raw * DOUBLE, this.#block * DOUBLE];
    if (this.#centered) this.#center(raw, raw + some * bytes, block, this.#origin * DOUBLE, bytes);
    const rows = this.#centered ? block : raw;
    const width = this.#shape.pairs * 2;
    // What follows the last row, up to as many as are worked on at once, is whatever was there.
    for (let k = 0; k < this.#shape.panels; k++)
      this.#products(
        rows,
        rows + some * bytes,
        bytes,
        k * width * bytes,
        (this.#result + k * width) * DOUBLE,
        this.#step * DOUBLE,
      );
  }
}
