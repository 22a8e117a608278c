/** Sums, extremes and counts of one column, out of the text of its values. */

import { exactPower } from '../kernels/decimal/powers.ts';
import { GroupNumbers, MOST_EXACT } from '../kernels/keyed/group-numbers.ts';
import type { KeyTable } from '../kernels/keyed/key-table.ts';
import type { KeyBatch } from '../keyed/key-batch.ts';
import { FunctionError } from '../refusal.ts';
import type { Measure } from './layout.ts';
import { type Decimal, MAX_DIGITS, readDecimal, readFloat } from './number.ts';

export type Numbers = 'decimal' | 'float';

/**
 * Of decimals, a group's numbers are integers: values times 10^`decimals`, the most decimals that any value of the column
 * has had. Every value of the column, those included that belong to no group, must be at most 2^52 in these units, whatever
 * the order of the rows.
 * Of floats, they are 64-bit floats.
 */
export class Accumulator {
  readonly measure: Measure;
  /** Decimal places of the numbers. */
  decimals = 0;
  /** Whether any party has the column. */
  found = false;
  readonly #numbers: GroupNumbers;
  readonly #exact: boolean;
  /** The largest absolute value so far. */
  #largest = 0;
  readonly #read: Decimal = { mantissa: 0, decimals: 0 };

  constructor(table: KeyTable, measure: Measure, numbers: Numbers) {
    this.measure = measure;
    this.#exact = numbers === 'decimal';
    this.#numbers = new GroupNumbers(table, measure, this.#exact);
  }

  /** Takes the value of the batch's row `i` from its text; an empty one is none. Rows come in order. Throws `FunctionError`. */
  read(text: Uint8Array, start: number, end: number, i: number): void {
    if (start === end) this.#numbers.set(i, Number.NaN);
    else if (this.#exact) this.#numbers.set(i, this.#decimal(text, start, end, i));
    else this.#numbers.set(i, readFloat(text, start, end));
  }

  /** Adds the batch's values to the groups of its rows; rows without a record are left out. */
  add(batch: KeyBatch): void {
    this.#numbers.add(batch);
  }

  /** The group's sum, in units of the last decimal place; a bigint where a float would not be exact. */
  sum(group: number): number | bigint {
    return this.#numbers.sum(group);
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
    const value = read.mantissa * exactPower(this.decimals - read.decimals);
    const size = Math.abs(value);
    if (size > MOST_EXACT) throw tooManyDigits('it', this.decimals);
    if (size > this.#largest) this.#largest = size;
    return value;
  }

  /** A value has more decimals than all before: everything so far is put into its units. `pending`: rows of the batch. */
  #refine(decimals: number, pending: number): void {
    const factor = exactPower(decimals - this.decimals);
    this.#largest *= factor;
    if (this.#largest > MOST_EXACT) throw tooManyDigits('an earlier value', decimals);
    this.#numbers.scale(factor, pending);
    this.decimals = decimals;
  }
}

/** Values stay out of messages: all parties may read them. */
function tooManyDigits(what: string, decimals: number): FunctionError {
  return new FunctionError(
    'invalid-input',
    `${what} has too many digits beside the ${decimals} decimals that its column has elsewhere (for such numbers: "numbers": "float")`,
  );
}
