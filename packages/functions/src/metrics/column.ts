/** A column of numbers of unknown length. */
import { allocateNumbers } from '../kernels/table.ts';

/** Memory: 8 bytes for each number, and as much again while it grows. */
export class GrowingColumn {
  #values = allocateNumbers(8, 1024, 0);
  #count = 0;

  /** Makes room for `more` numbers, by doubling. Throws `FunctionError` where memory is short. */
  reserve(more: number): void {
    const wanted = this.#count + more;
    if (wanted <= this.#values.length) return;
    const grown = allocateNumbers(8, Math.max(wanted, 2 * this.#values.length), wanted);
    grown.set(this.#values);
    this.#values = grown;
  }

  /** There must be room. */
  push(value: number): void {
    this.#values[this.#count++] = value;
  }

  get values(): Float64Array<ArrayBuffer> {
    return this.#values.subarray(0, this.#count);
  }
}
