/** Products of many rows with a few fixed vectors. */
import { DOUBLE, TILE, type Tile, tileOn } from './tile.ts';

const BYTES = TILE * DOUBLE;

export class Projection {
  readonly columns: number;
  readonly count: number;
  readonly #origin: Float64Array;
  readonly #tile: Tile;
  readonly #doubles: Float64Array;
  readonly #tiles: number;

  /** Rows are taken less `origin`. */
  constructor(columns: number, count: number, origin: Float64Array) {
    this.columns = columns;
    this.count = count;
    this.#origin = origin;
    this.#tiles = Math.ceil(count / TILE);
    // Four rows, the vectors four at a time, and one tile of the result.
    ({ tile: this.#tile, doubles: this.#doubles } = tileOn((columns * (1 + this.#tiles) + TILE) * BYTES));
  }

  /** Vector k is `vectors[k * columns .. (k + 1) * columns]`. */
  set(vectors: Float64Array): this {
    const { columns } = this;
    for (let k = 0; k < this.count; k++) {
      const to = (1 + Math.floor(k / TILE)) * columns * TILE + (k % TILE);
      for (let j = 0; j < columns; j++) this.#doubles[to + j * TILE] = vectors[k * columns + j] as number;
    }
    return this;
  }

  /** `rows * count` numbers into `into`, row after row. */
  apply(values: Float64Array, rows: number, into: Float64Array): void {
    for (let row = 0; row < rows; row += TILE) {
      const some = Math.min(TILE, rows - row);
      this.#pack(values, row, some);
      for (let k = 0; k < this.#tiles; k++) this.#product(k, row, some, into);
    }
  }

  #pack(values: Float64Array, row: number, some: number): void {
    const { columns } = this;
    for (let i = 0; i < some; i++) {
      for (let j = 0, from = (row + i) * columns; j < columns; j++)
        this.#doubles[j * TILE + i] = (values[from++] as number) - (this.#origin[j] as number);
    }
  }

  #product(k: number, row: number, some: number, into: Float64Array): void {
    const { columns, count } = this;
    const result = columns * (1 + this.#tiles) * TILE;
    this.#doubles.fill(0, result, result + TILE * TILE);
    this.#tile(0, (1 + k) * columns * BYTES, BYTES, columns * BYTES, result * DOUBLE);
    const width = Math.min(TILE, count - k * TILE);
    for (let i = 0; i < some; i++)
      for (let j = 0; j < width; j++)
        into[(row + i) * count + k * TILE + j] = this.#doubles[result + i * TILE + j] as number;
  }
}
