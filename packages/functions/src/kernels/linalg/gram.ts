/** X^T X of many rows that arrive in portions, the work of a covariance, over blocks that stay in the first cache. */
import { type Kernels, kernelsOn } from './kernels.ts';
import { DOUBLE, TILE } from './tile.ts';

/** Bytes of a block of rows. */
const BLOCK = 40 << 10;

export class Gram {
  readonly columns: number;
  /** Columns and one of ones, whose products are the sums, up to a multiple of the tile; the rest are zero. */
  readonly #wide: number;
  readonly #capacity: number;
  readonly #kernels: Kernels;
  /** Where things are, in doubles: tiles of the upper triangle at 0, the block of rows, rows as they come, the origin. */
  readonly #block: number;
  readonly #raw: number;
  readonly #origin: number;
  #rows = 0;

  /** Rows are taken less `origin`. */
  constructor(columns: number, origin: Float64Array) {
    this.columns = columns;
    this.#wide = Math.ceil((columns + 1) / TILE) * TILE;
    this.#capacity = Math.max(8, Math.floor(BLOCK / (this.#wide * DOUBLE)));
    const tiles = this.#wide / TILE;
    this.#block = ((tiles * (tiles + 1)) / 2) * TILE * TILE;
    this.#raw = this.#block + this.#capacity * this.#wide;
    // A number more than there are columns may be read.
    this.#origin = this.#raw + this.#capacity * columns + 1;
    this.#kernels = kernelsOn((this.#origin + columns + 1) * DOUBLE);
    this.#kernels.doubles.set(origin, this.#origin);
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

  /** The symmetric matrix of `columns * columns` sums of products, and the sums of the columns. */
  finish(): { readonly products: Float64Array; readonly sums: Float64Array } {
    this.#flush();
    const { columns } = this;
    const products = new Float64Array(columns * columns);
    for (let i = 0; i < columns; i++)
      for (let j = i; j < columns; j++)
        products[i * columns + j] = products[j * columns + i] = this.#entry(i, j);
    return { products, sums: Float64Array.from({ length: columns }, (_, i) => this.#entry(i, columns)) };
  }

  #take(values: Float64Array, rows: number): void {
    const { center, doubles } = this.#kernels;
    doubles.set(values, this.#raw);
    const first = this.#block + this.#rows * this.#wide;
    const [from, bytes] = [this.#raw * DOUBLE, this.columns * DOUBLE];
    center(from, from + rows * bytes, first * DOUBLE, this.#wide * DOUBLE, this.#origin * DOUBLE, bytes);
    this.#rows += rows;
    const end = this.#block + this.#rows * this.#wide;
    for (let at = first + this.columns; at < end; at += this.#wide) doubles[at] = 1;
  }

  /** `i <= j`. */
  #entry(i: number, j: number): number {
    const [tileI, tileJ] = [Math.floor(i / TILE), Math.floor(j / TILE)];
    const tiles = this.#wide / TILE;
    const tile = (tileI * tiles - (tileI * (tileI - 1)) / 2 + (tileJ - tileI)) * TILE * TILE;
    return this.#kernels.doubles[tile + (i % TILE) * TILE + (j % TILE)];
  }

  #flush(): void {
    if (this.#rows === 0) return;
    const [step, stride] = [TILE * DOUBLE, this.#wide * DOUBLE];
    const begin = this.#block * DOUBLE;
    const end = begin + this.#rows * stride;
    const { tile } = this.#kernels;
    for (let i = 0, into = 0; i < stride; i += step)
      for (let j = i; j < stride; j += step, into += TILE * TILE * DOUBLE)
        tile(begin + i, begin + j, stride, end + i, into);
    this.#rows = 0;
  }
}
