/** Rows by the value of a column, so that each part of them gets its share of each value. */

import type { Input } from '../function.ts';
import { limits } from '../limits.ts';
import { FunctionError } from '../refusal.ts';
import { quote } from '../text/quote.ts';
import { type RecordFormat, tableRecords } from './table-records.ts';

const MOST = limits.categoryWords.value;

/** Numbers for values, in the order of their first rows. */
export class Strata {
  /** Rows by number. */
  readonly counts: number[] = [];
  readonly #numbers = new Map<string, number>();
  readonly #column: string | undefined;

  constructor(column: string | undefined) {
    this.#column = column;
  }

  /** The number of the value, which counts as one row more. Throws `FunctionError` for too many values. */
  add(value: string): number {
    let number = this.#numbers.get(value);
    if (number === undefined) {
      number = this.counts.length;
      if (number === MOST) {
        throw new FunctionError(
          'too-large',
          `Column ${quote(this.#column ?? '')} has more than ${MOST} different values: rows cannot be shared out by it.`,
        );
      }
      this.#numbers.set(value, number);
      this.counts.push(0);
    }
    this.counts[number] = (this.counts[number] ?? 0) + 1;
    return number;
  }

  get rows(): number {
    return this.counts.reduce((sum, count) => sum + count, 0);
  }
}

/** Reads the table once; `each` gets the number of each row's value. */
export async function readStrata(
  input: Input,
  format: RecordFormat,
  each?: (stratum: number) => void,
): Promise<Strata> {
  const strata = new Strata(format.column);
  for await (const { row, field } of tableRecords(input, format)) {
    if (row === 0) continue;
    const stratum = strata.add(field);
    each?.(stratum);
  }
  return strata;
}

/**
 * `wanted` rows shared out among the strata in proportion to their sizes: the whole parts first, then one each by the largest
 * remainders, of equal ones to the stratum that came first.
 */
export function shareOut(counts: readonly number[], wanted: number): number[] {
  const rows = BigInt(counts.reduce((sum, count) => sum + count, 0));
  const products = counts.map((count) => BigInt(count) * BigInt(wanted));
  const shares = products.map((product) => Number(product / rows));
  const left = wanted - shares.reduce((sum, share) => sum + share, 0);
  const order = [...products.keys()].sort((i, j) => {
    const difference = ((products[j] ?? 0n) % rows) - ((products[i] ?? 0n) % rows);
    return difference > 0n ? 1 : difference < 0n ? -1 : i - j;
  });
  for (const i of order.slice(0, left)) shares[i] = (shares[i] ?? 0) + 1;
  return shares;
}
