/** X^T X of many rows that arrive in portions, the work of a covariance, over blocks that stay in the first cache. */
import { DOUBLE, TILE, type Tile, tileOn } from './tile.ts';

/** Bytes of a block of rows. */
const BLOCK = 24 << 10;

export class Gram {
  readonly columns: number;
  /** Columns up to a multiple of the tile; the rest are zero. */
  readonly #wide: number;
  readonly #capacity: number;
  readonly #tile: Tile;
  readonly #doubles: Float64Array;
  /** Byte addresses: the block of rows, and the tiles of the upper triangle. */
  readonly #block: number;
  #rows = 0;

  constructor(columns: number) {
    this.columns = columns;
    this.#wide = Math.ceil(columns / TILE) * TILE;
    const stride = this.#wide * DOUBLE;
    this.#capacity = Math.max(8, Math.floor(BLOCK / stride));
    const tiles = this.#wide / TILE;
    this.#block = ((tiles * (tiles + 1)) / 2) * TILE * TILE * DOUBLE;
    const bytes = this.#block + this.#capacity * stride;
    ({ tile: this.#tile, doubles: this.#doubles } = tileOn(bytes));
  }

  /** `rows * columns` numbers, row after row, each less its column's `origin`. */
  add(values: Float64Array, rows: number, origin: Float64Array): void {
    const { columns } = this;
    for (let row = 0, from = 0; row < rows; row++) {
      let to = this.#block / DOUBLE + this.#rows * this.#wide;
      for (let j = 0; j < columns; j++)
        this.#doubles[to++] = (values[from++] as number) - (origin[j] as number);
      if (++this.#rows === this.#capacity) this.#flush();
    }
  }

  /** The symmetric matrix of `columns * columns` sums. */
  finish(): Float64Array {
    this.#flush();
    const { columns } = this;
    const full = new Float64Array(columns * columns);
    for (let i = 0; i < columns; i++) {
      for (let j = i; j < columns; j++) {
        const [tileI, tileJ] = [Math.floor(i / TILE), Math.floor(j / TILE)];
        const at = this.#tileAt(tileI, tileJ) / DOUBLE + (i % TILE) * TILE + (j % TILE);
        full[i * columns + j] = full[j * columns + i] = this.#doubles[at] as number;
      }
    }
    return full;
  }

  #tileAt(i: number, j: number): number {
    const tiles = this.#wide / TILE;
    return (i * tiles - (i * (i - 1)) / 2 + (j - i)) * TILE * TILE * DOUBLE;
  }

  #flush(): void {
    if (this.#rows === 0) return;
    const step = TILE * DOUBLE;
    const stride = this.#wide * DOUBLE;
    const end = this.#block + this.#rows * stride;
    for (let i = 0, into = 0; i < this.#wide / TILE; i++)
      for (let j = i; j < this.#wide / TILE; j++, into += TILE * TILE * DOUBLE)
        this.#tile(this.#block + i * step, this.#block + j * step, stride, end + i * step, into);
    this.#rows = 0;
  }
}
