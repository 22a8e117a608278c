/** A column of numbers of unknown length. */
import { allocateNumbers, copyColumn, type NumberRows } from '../kernels/table.ts';

/** Memory: 8 bytes for each number, and as much again while it grows. */
export class GrowingColumn {
  #values = allocateNumbers(8, 1024, 0);
  #count = 0;

  /** Adds a column of some rows. Throws `FunctionError` where memory is short. */
  add(batch: NumberRows, column: number): void {
    this.#reserve(this.#count + batch.rows);
    copyColumn(batch, column, this.#values, { start: this.#count, step: 1 });
    this.#count += batch.rows;
  }

  #reserve(wanted: number): void {
    if (wanted <= this.#values.length) return;
    const grown = allocateNumbers(8, Math.max(wanted, 2 * this.#values.length), wanted);
    grown.set(this.#values);
    this.#values = grown;
  }

  get values(): Float64Array<ArrayBuffer> {
    return this.#values.subarray(0, this.#count);
  }
}
