/**
 * Rows as the triangle R of their QR decomposition, portion after portion: the sums of squares of all rows are those of R,
 * and a condition is not squared, as it is in sums of products. Householder's reflections of R over a block of rows.
 */

export class Triangle {
  readonly size: number;
  /** `size * size` numbers, row after row; 0 below the diagonal. */
  readonly values: Float64Array;
  readonly #sums: Float64Array;

  constructor(size: number, values = new Float64Array(size * size)) {
    this.size = size;
    this.values = values;
    this.#sums = new Float64Array(size);
  }

  at(row: number, column: number): number {
    return this.values[row * this.size + column];
  }

  diagonal(): Float64Array {
    return Float64Array.from({ length: this.size }, (_, i) => this.at(i, i));
  }

  copy(): Triangle {
    return new Triangle(this.size, this.values.slice());
  }

  /** Takes in `rows` rows of `size` numbers, which are used up. */
  add(block: Float64Array, rows: number): void {
    for (let column = 0; column < this.size; column++) this.#reflect(block, rows, column);
  }

  /** Makes the block's numbers in the column 0. */
  #reflect(block: Float64Array, rows: number, column: number): void {
    const { size, values } = this;
    const line = column * size;
    const pivot = values[line + column];
    const end = rows * size;
    let largest = 0;
    for (let at = column; at < end; at += size) largest = Math.max(largest, Math.abs(block[at]));
    if (largest === 0) return;
    largest = Math.max(largest, Math.abs(pivot));
    let square = (pivot / largest) ** 2;
    for (let at = column; at < end; at += size) square += (block[at] / largest) ** 2;
    const length = largest * Math.sqrt(square) * (pivot > 0 ? -1 : 1);
    const head = pivot - length;
    const factor = -head / length;
    const sums = this.#sums;
    for (let k = column + 1; k < size; k++) sums[k] = values[line + k];
    for (let row = 0; row < end; row += size) {
      const part = block[row + column] / head;
      block[row + column] = part;
      for (let k = column + 1; k < size; k++) sums[k] += part * block[row + k];
    }
    values[line + column] = length;
    for (let k = column + 1; k < size; k++) {
      sums[k] = sums[k] * factor;
      values[line + k] -= sums[k];
    }
    for (let row = 0; row < end; row += size) {
      const part = block[row + column];
      for (let k = column + 1; k < size; k++) block[row + k] -= part * sums[k];
    }
  }
}
