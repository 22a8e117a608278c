/** Sums, extremes and counts of one column of values, by group. */

import { BATCH } from '../kernels/keyed/batches.ts';
import type { KeyTable } from '../kernels/keyed/key-table.ts';
import type { KeyBatch } from '../keyed/key-batch.ts';
import { FunctionError } from '../refusal.ts';
import type { Measure } from './layout.ts';
import { type Decimal, MAX_DIGITS, POWERS, readDecimal, readFloat } from './number.ts';

/** Sums of decimals stay below this in their float, so that all are exact; what is above is carried. */
const LIMIT = 2 ** 52;
const BIG_LIMIT = 2n ** 52n;

export type Numbers = 'decimal' | 'float';

/**
 * Of decimals, a group's numbers are integers: values times 10^`decimals`, the most decimals that any value of the column
 * has had. They are exact: a sum is a float up to 2^52 and, if it was ever above, a count of 2^52s. Every value of the column, those
 * included that belong to no group, must be at most 2^52 in these units, whatever the order of the rows.
 * Of floats, they are 64-bit floats, added in the order of the rows.
 */
export class Accumulator {
  readonly measure: Measure;
  /** Decimal places of the numbers. */
  decimals = 0;
  /** Whether any party has the column. */
  found = false;
  readonly #table: KeyTable;
  readonly #exact: boolean;
  /** Values of the present batch; NaN: none. */
  readonly #values = new Float64Array(BATCH);
  readonly #carries = new Map<number, bigint>();
  /** The largest absolute value so far. */
  #largest = 0;
  readonly #read: Decimal = { mantissa: 0, decimals: 0 };

  constructor(table: KeyTable, measure: Measure, numbers: Numbers) {
    this.#table = table;
    this.measure = measure;
    this.#exact = numbers === 'decimal';
  }

  /** Takes the value of the batch's row `i` from its text; an empty one is none. Rows come in order. Throws `FunctionError`. */
  read(text: Uint8Array, start: number, end: number, i: number): void {
    if (start === end) this.#values[i] = Number.NaN;
    else if (this.#exact) this.#values[i] = this.#decimal(text, start, end, i);
    else this.#values[i] = readFloat(text, start, end);
  }

  /** Adds the batch's values to the groups of its rows; rows without a record are left out. */
  add({ record, count: rows }: KeyBatch): void {
    const { sum, count, min, max } = this.measure;
    const { numbers } = this.#table;
    const values = this.#values;
    for (let i = 0; i < rows; i++) {
      const group = record[i] as number;
      const value = values[i] as number;
      if (group < 0 || Number.isNaN(value)) continue;
      const at = this.#table.numbersOf(group);
      const before = numbers[at + count] as number;
      numbers[at + count] = before + 1;
      if (sum >= 0) {
        const total = (numbers[at + sum] as number) + value;
        numbers[at + sum] = this.#exact && Math.abs(total) > LIMIT ? this.#carry(group, total) : total;
      }
      if (min >= 0 && (before === 0 || value < (numbers[at + min] as number))) numbers[at + min] = value;
      if (max >= 0 && (before === 0 || value > (numbers[at + max] as number))) numbers[at + max] = value;
    }
  }

  /** The group's sum, in units of the last decimal place; a bigint where a float would not be exact. */
  sum(group: number): number | bigint {
    const rest = this.#table.numbers[this.#table.numbersOf(group) + this.measure.sum] as number;
    const carried = this.#carries.get(group);
    return carried === undefined ? rest : carried * BIG_LIMIT + BigInt(rest);
  }

  #carry(group: number, total: number): number {
    const sign = Math.sign(total);
    this.#carries.set(group, (this.#carries.get(group) ?? 0n) + BigInt(sign));
    return total - sign * LIMIT;
  }

  #decimal(text: Uint8Array, start: number, end: number, i: number): number {
    const read = this.#read;
    if (!readDecimal(text, start, end, read)) {
      throw new FunctionError(
        'invalid-input',
        `it is no decimal number of at most ${MAX_DIGITS} digits (for others: "numbers": "float")`,
      );
    }
    if (read.decimals > this.decimals) this.#refine(read.decimals, i);
    const value = read.mantissa * (POWERS[this.decimals - read.decimals] as number);
    const size = Math.abs(value);
    if (size > LIMIT) throw tooLong('it', this.decimals);
    if (size > this.#largest) this.#largest = size;
    return value;
  }

  /** A value has more decimals than all before: everything so far is put into its units. `pending`: rows of the batch. */
  #refine(decimals: number, pending: number): void {
    const factor = POWERS[decimals - this.decimals] as number;
    const { numbers } = this.#table;
    const { sum, count, min, max } = this.measure;
    this.#largest *= factor;
    if (this.#largest > LIMIT) throw tooLong('an earlier value', decimals);
    for (let i = 0; i < pending; i++) this.#values[i] = (this.#values[i] as number) * factor;
    for (const group of this.#table.recordsAt()) {
      const at = this.#table.numbersOf(group);
      if (numbers[at + count] === 0) continue;
      if (min >= 0) numbers[at + min] = (numbers[at + min] as number) * factor;
      if (max >= 0) numbers[at + max] = (numbers[at + max] as number) * factor;
      if (sum >= 0) numbers[at + sum] = this.#refineSum(group, numbers[at + sum] as number, factor);
    }
    this.decimals = decimals;
  }

  #refineSum(group: number, rest: number, factor: number): number {
    if (!this.#carries.has(group) && Math.abs(rest * factor) <= LIMIT) return rest * factor;
    const total = BigInt(this.sum(group)) * BigInt(factor);
    this.#carries.set(group, total / BIG_LIMIT);
    return Number(total % BIG_LIMIT);
  }
}

/** Values stay out of messages: all parties may read them. */
function tooLong(what: string, decimals: number): FunctionError {
  return new FunctionError(
    'invalid-input',
    `${what} has too many digits beside the ${decimals} decimals that its column has elsewhere (for such numbers: "numbers": "float")`,
  );
}
