/** X^T X of many rows that arrive in portions, the work of a covariance, over blocks that stay in the first cache. */
import { Compiled } from '../wasm/compiled.ts';
import {
  type AddProducts,
  addProductsBody,
  PANEL,
  PANEL_ROW,
  type Pack,
  packBody,
  SEGMENT,
  TILE,
} from './gram-kernels.ts';
import { DOUBLE } from './pair.ts';

/** Bytes of a block of rows. */
const BLOCK = 40 << 10;
/** Doubles between panels, so that rows of all do not fall into the same lines of a cache. */
const GAP = 8;

const code = new Compiled((lastPairs) => ({ pack: packBody(), add: addProductsBody(lastPairs) }));

export class Gram {
  readonly columns: number;
  readonly #panels: number;
  /** Rows of a block: full segments. */
  readonly #capacity: number;
  readonly #pack: Pack;
  readonly #add: AddProducts;
  readonly #doubles: Float64Array;
  /** Doubles from one panel to the next. */
  readonly #stride: number;
  /** Where things are, in doubles: tiles of the upper triangle at 0, the block of rows, the origin, rows as they come. */
  readonly #block: number;
  readonly #origin: number;
  readonly #raw: number;
  #rows = 0;

  /** Rows are taken less `origin`. No sum depends on `block`, the bytes of rows at once. */
  constructor(columns: number, origin: Float64Array, block = BLOCK) {
    this.columns = columns;
    const panels = Math.ceil(columns / PANEL);
    this.#panels = panels;
    this.#capacity = SEGMENT * Math.max(1, Math.floor(block / (panels * PANEL_ROW * SEGMENT)));
    this.#stride = this.#capacity * PANEL + GAP;
    this.#block = ((panels * (panels + 1)) / 2) * TILE;
    this.#origin = this.#block + panels * this.#stride;
    this.#raw = this.#origin + panels * PANEL;
    const lastPairs = Math.ceil((columns - (panels - 1) * PANEL) / 2);
    // Up to three numbers behind the last row are read.
    const { exports, doubles } = code.load(lastPairs, this.#raw + this.#capacity * columns + PANEL);
    this.#pack = exports['pack'];
    this.#add = exports['add'];
    this.#doubles = doubles;
    doubles.set(origin, this.#origin);
  }

  /** `rows * columns` numbers, row after row. */
  add(values: Float64Array, rows: number): void {
    for (let row = 0; row < rows; ) {
      const some = Math.min(rows - row, this.#capacity - this.#rows);
      this.#take(values.subarray(row * this.columns, (row + some) * this.columns), some);
      row += some;
      if (this.#rows === this.#capacity) this.#flush();
    }
  }

  /** The symmetric matrix of `columns * columns` sums of products, and the sums of the columns. Afterwards no more rows can be added. */
  finish(): { readonly products: Float64Array; readonly sums: Float64Array } {
    this.#flush();
    const { columns } = this;
    const products = new Float64Array(columns * columns);
    for (let i = 0; i < columns; i++)
      for (let j = i; j < columns; j++)
        products[i * columns + j] = products[j * columns + i] =
          this.#doubles[this.#tileOf(i, j) + (i % PANEL) * PANEL + (j % PANEL)];
    const sums = Float64Array.from(
      { length: columns },
      (_, i) => this.#doubles[this.#tileOf(i, i) + PANEL * PANEL + (i % PANEL)],
    );
    return { products, sums };
  }

  #take(values: Float64Array, rows: number): void {
    const [from, bytes] = [this.#raw * DOUBLE, this.columns * DOUBLE];
    this.#doubles.set(values, this.#raw);
    this.#pack(
      from,
      from + rows * bytes,
      (this.#block + this.#rows * PANEL) * DOUBLE,
      this.#stride * DOUBLE,
      this.#origin * DOUBLE,
      bytes,
    );
    this.#rows += rows;
  }

  /** Of columns `i <= j`. */
  #tileOf(i: number, j: number): number {
    const [row, column] = [Math.floor(i / PANEL), Math.floor(j / PANEL)];
    return (row * this.#panels - (row * (row - 1)) / 2 + (column - row)) * TILE;
  }

  #flush(): void {
    const [first, stride] = [this.#block * DOUBLE, this.#stride * DOUBLE];
    this.#add(first, first + (this.#panels - 1) * stride, stride, this.#rows * PANEL_ROW, 0);
    this.#rows = 0;
  }
}
