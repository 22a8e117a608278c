/** Sums, extremes and counts of one column, out of the text of its values. */

import { exactPower } from '../kernels/decimal/powers.ts';
import { GroupNumbers, MOST_EXACT } from '../kernels/keyed/group-numbers.ts';
import type { KeyTable } from '../kernels/keyed/key-table.ts';
import type { KeyBatch } from '../keyed/key-batch.ts';
import { FunctionError } from '../refusal.ts';
import type { Translate } from '../text/number-text.ts';
import type { Measure } from './layout.ts';
import { addDecimals, divide, greater, LongNumbers, lesser, scaleTo } from './long-numbers.ts';
import { type Decimal, type LongDecimal, readDecimal, readFloat, readLongDecimal } from './number.ts';

/** How the values of a column are read. */
export interface NumberFormat {
  /** `decimal`: exactly; `float`: to the nearest 64-bit float. */
  readonly numbers: 'decimal' | 'float';
  readonly translate: Translate | undefined;
}

/** A group's number: a decimal, in units of its last place. */
export interface GroupValue {
  readonly mantissa: number | bigint;
  readonly decimals: number;
}

/**
 * Of decimals, a group's numbers are integers: values times 10^`decimals`, the most decimals that any of these values of the
 * column has had. Values that would be above 2^52 in these units, or make an earlier one so, are kept apart, exact as well.
 * Of floats, they are 64-bit floats.
 */
export class Accumulator {
  readonly measure: Measure;
  /** Whether any party has the column. */
  found = false;
  /** Whether a whole number had more digits than the float that was made of it. */
  rounded = false;
  /** Decimal places of the numbers. */
  #decimals = 0;
  readonly #table: KeyTable;
  readonly #numbers: GroupNumbers;
  readonly #long = new LongNumbers();
  readonly #exact: boolean;
  readonly #translate: Translate | undefined;
  /** The largest absolute value so far. */
  #largest = 0;
  readonly #read: Decimal = { mantissa: 0, decimals: 0 };

  constructor(table: KeyTable, measure: Measure, { numbers, translate }: NumberFormat) {
    this.measure = measure;
    this.#table = table;
    this.#exact = numbers === 'decimal';
    this.#translate = translate;
    this.#numbers = new GroupNumbers(table, measure, this.#exact);
  }

  /** Takes the value of the batch's row `i` from its text; an empty one is none. Rows come in order. Throws `FunctionError`. */
  read(text: Uint8Array, start: number, end: number, i: number): void {
    if (start === end) this.#numbers.set(i, Number.NaN);
    else if (this.#translate) {
      const given = Buffer.from(text.buffer, text.byteOffset + start, end - start).toString();
      const plain = Buffer.from(this.#translate(given) ?? '-');
      this.#readPlain(plain, 0, plain.length, i);
    } else this.#readPlain(text, start, end, i);
  }

  /** Whether the batch's row `i` has a value; until they are added. */
  hasValue(i: number): boolean {
    return this.#numbers.has(i) || this.#long.has(i);
  }

  /** Adds the batch's values to the groups of its rows; rows without a record are left out. */
  add(batch: KeyBatch): void {
    this.#numbers.add(batch);
    this.#long.add(batch.record);
  }

  /** Whether the group has values beyond floats. */
  isLong(group: number): boolean {
    return this.#long.get(group) !== undefined;
  }

  /** Values of the group. */
  count(group: number): number {
    return this.#shortCount(group) + (this.#long.get(group)?.count ?? 0);
  }

  /** The group's sum. */
  sum(group: number): GroupValue {
    const short = { mantissa: this.#numbers.sum(group), decimals: this.#decimals };
    const long = this.#long.get(group);
    return long ? addDecimals(long, exactly(short)) : short;
  }

  /** The nearest float; infinite where a sum of floats is. */
  mean(group: number): number {
    const { mantissa, decimals } = this.sum(group);
    const count = this.count(group);
    if (this.#long.get(group)) return divide(exactly({ mantissa, decimals }), count);
    // One rounding as long as the sum is a float and the divisor is below 2^53.
    return Number(mantissa) / (count * exactPower(decimals));
  }

  /** The least or the largest of the group's values, of which there are some. */
  extreme(group: number, which: 'min' | 'max'): GroupValue {
    const short = {
      mantissa: this.#table.number(group, this.measure[which]),
      decimals: this.#decimals,
    };
    const long = this.#long.get(group);
    if (!long) return short;
    const found =
      this.#shortCount(group) === 0
        ? long[which]
        : (which === 'min' ? lesser : greater)(exactly(short), long[which]);
    // With as many decimals as the group's sum.
    const decimals = Math.max(this.#decimals, long.decimals);
    return { mantissa: scaleTo(found, decimals), decimals };
  }

  #shortCount(group: number): number {
    return this.#table.number(group, this.measure.count);
  }

  #readPlain(text: Uint8Array, start: number, end: number, i: number): void {
    if (!this.#exact) {
      const value = readFloat(text, start, end);
      if (Math.abs(value) > MOST_WHOLE) this.rounded ||= isOtherWhole(text.subarray(start, end), value);
      this.#numbers.set(i, value);
    } else if (!this.#readShort(text, start, end, i)) {
      const long = readLongDecimal(text, start, end);
      if (!long) {
        throw new FunctionError(
          'invalid-input',
          'it is no decimal number (for a comma as the decimal mark, or marks between thousands: "decimal_mark", "group_mark"; for exponents: "numbers": "float")',
        );
      }
      this.#numbers.set(i, Number.NaN);
      this.#long.set(i, long);
    }
  }

  /** False: the value is too long for a float in units of the column, or is no decimal. */
  #readShort(text: Uint8Array, start: number, end: number, i: number): boolean {
    const read = this.#read;
    if (!readDecimal(text, start, end, read)) return false;
    if (read.decimals > this.#decimals && !this.#refine(read.decimals, i)) return false;
    const value = read.mantissa * exactPower(this.#decimals - read.decimals);
    const size = Math.abs(value);
    if (size > MOST_EXACT) return false;
    if (size > this.#largest) this.#largest = size;
    this.#numbers.set(i, value);
    return true;
  }

  /** A value has more decimals than all before: everything so far is put into its units. `pending`: rows of the batch. */
  #refine(decimals: number, pending: number): boolean {
    const factor = exactPower(decimals - this.#decimals);
    if (this.#largest * factor > MOST_EXACT) return false;
    this.#largest *= factor;
    this.#numbers.scale(factor, pending);
    this.#decimals = decimals;
    return true;
  }
}

/** Up to here each whole number is a float. */
const MOST_WHOLE = 2 ** 53 - 1;

/** Whether the text is a whole number, and another one than `value`. */
function isOtherWhole(text: Uint8Array, value: number): boolean {
  const whole = /^[+-]?(\d+)(?:\.0*)?$/.exec(Buffer.from(text).toString('latin1'))?.[1];
  return whole !== undefined && BigInt(whole) !== BigInt(Math.abs(value));
}

const exactly = ({ mantissa, decimals }: GroupValue): LongDecimal => ({
  mantissa: BigInt(mantissa),
  decimals,
});
