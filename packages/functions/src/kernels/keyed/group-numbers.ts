/** Sums, extremes and counts of one column of values, by group. */
import { BATCH, type HashedKeys } from './batches.ts';
import type { KeyTable } from './key-table.ts';

/** Where among a record's numbers those of a column are; -1: not kept. A count always is. */
export interface Offsets {
  readonly sum: number;
  readonly count: number;
  readonly min: number;
  readonly max: number;
}

/** What an exact sum may be at most in its float, so that all integers up to it are exact; what is above is carried. */
export const MOST_EXACT: number = 2 ** 52;
const BIG_EXACT = 2n ** 52n;

/**
 * With `exact`, values are integers of at most 2^52, and sums are exact: a float up to 2^52 and, where a sum was ever above, a
 * count of 2^52s. Without, they are 64-bit floats, added in the order of the rows.
 */
export class GroupNumbers {
  readonly #table: KeyTable;
  readonly #offsets: Offsets;
  readonly #exact: boolean;
  /** Values of the present batch; NaN: none. */
  readonly #values = new Float64Array(BATCH);
  readonly #carries = new Map<number, bigint>();

  constructor(table: KeyTable, offsets: Offsets, exact: boolean) {
    this.#table = table;
    this.#offsets = offsets;
    this.#exact = exact;
  }

  /** Sets the value of the batch's row `i`; NaN: it has none. */
  set(i: number, value: number): void {
    this.#values[i] = value;
  }

  /** Whether the batch's row `i` has a value. */
  has(i: number): boolean {
    return !Number.isNaN(this.#values[i]);
  }

  /** Adds the batch's values to the groups of its rows; rows without a record are left out. */
  add({ record, count: rows }: HashedKeys): void {
    const { sum, count, min, max } = this.#offsets;
    const { numbers } = this.#table;
    const values = this.#values;
    for (let i = 0; i < rows; i++) {
      const group = record[i];
      const value = values[i];
      if (group < 0 || Number.isNaN(value)) continue;
      const at = this.#table.numbersOf(group);
      const before = numbers[at + count];
      numbers[at + count] = before + 1;
      if (sum >= 0) {
        const total = numbers[at + sum] + value;
        numbers[at + sum] = this.#exact && Math.abs(total) > MOST_EXACT ? this.#carry(group, total) : total;
      }
      if (min >= 0 && (before === 0 || value < numbers[at + min])) numbers[at + min] = value;
      if (max >= 0 && (before === 0 || value > numbers[at + max])) numbers[at + max] = value;
    }
  }

  /** The group's sum; a bigint where a float would not be exact. */
  sum(group: number): number | bigint {
    const rest = this.#table.number(group, this.#offsets.sum);
    const carried = this.#carries.get(group);
    return carried === undefined ? rest : carried * BIG_EXACT + BigInt(rest);
  }

  /** Multiplies everything so far by a power of ten, the batch's first `pending` values included. Of exact numbers. */
  scale(factor: number, pending: number): void {
    const { numbers } = this.#table;
    const { sum, count, min, max } = this.#offsets;
    for (let i = 0; i < pending; i++) this.#values[i] *= factor;
    for (const group of this.#table.recordsAt()) {
      const at = this.#table.numbersOf(group);
      if (numbers[at + count] === 0) continue;
      if (min >= 0) numbers[at + min] *= factor;
      if (max >= 0) numbers[at + max] *= factor;
      if (sum >= 0) numbers[at + sum] = this.#scaleSum(group, numbers[at + sum], factor);
    }
  }

  #carry(group: number, total: number): number {
    const sign = Math.sign(total);
    this.#carries.set(group, (this.#carries.get(group) ?? 0n) + BigInt(sign));
    return total - sign * MOST_EXACT;
  }

  #scaleSum(group: number, rest: number, factor: number): number {
    if (!this.#carries.has(group) && Math.abs(rest * factor) <= MOST_EXACT) return rest * factor;
    const total = BigInt(this.sum(group)) * BigInt(factor);
    this.#carries.set(group, total / BIG_EXACT);
    return Number(total % BIG_EXACT);
  }
}
