/** Sums and extremes of decimals that are too long for floats, by group. */
import type { LongDecimal } from './number.ts';

/** What the long values of a group come to. */
export interface LongGroup extends LongDecimal {
  /** Of how many values `mantissa / 10^decimals` is the sum. */
  readonly count: number;
  readonly min: LongDecimal;
  readonly max: LongDecimal;
}

/** The mantissa with that many decimals, which are no fewer than it has. */
export const scaleTo = ({ mantissa, decimals }: LongDecimal, wanted: number): bigint =>
  mantissa * 10n ** BigInt(wanted - decimals);

/** The sum, exactly. */
export function addDecimals(a: LongDecimal, b: LongDecimal): LongDecimal {
  const decimals = Math.max(a.decimals, b.decimals);
  return { mantissa: scaleTo(a, decimals) + scaleTo(b, decimals), decimals };
}

/** Negative where `a` is less, 0 where they are equal. */
export function compareDecimals(a: LongDecimal, b: LongDecimal): number {
  const decimals = Math.max(a.decimals, b.decimals);
  const [left, right] = [scaleTo(a, decimals), scaleTo(b, decimals)];
  return left < right ? -1 : left > right ? 1 : 0;
}

export const lesser = (a: LongDecimal, b: LongDecimal): LongDecimal => (compareDecimals(b, a) < 0 ? b : a);
export const greater = (a: LongDecimal, b: LongDecimal): LongDecimal => (compareDecimals(b, a) > 0 ? b : a);

/** Digits of a quotient: far more than a float tells apart. */
const PLACES = 40n;

/** The float nearest to `value / divisor`. */
export function divide({ mantissa, decimals }: LongDecimal, divisor: number): number {
  const denominator = BigInt(divisor) * 10n ** BigInt(decimals);
  const size = mantissa < 0n ? -mantissa : mantissa;
  const missing = PLACES + BigInt(denominator.toString().length - size.toString().length);
  const shift = missing > 0n ? missing : 0n;
  const scaled = size * 10n ** shift;
  // A rest makes the last digit odd to rounding: no tie is seen where there is none.
  const sticky = scaled % denominator === 0n ? '0' : '1';
  const value = Number(`${scaled / denominator}${sticky}e${-(Number(shift) + 1)}`);
  return mantissa < 0n ? 0 - value : value;
}

/** The long values of one column. */
export class LongNumbers {
  readonly #groups = new Map<number, LongGroup>();
  /** Of the present batch, by row. */
  readonly #pending = new Map<number, LongDecimal>();

  /** Sets the value of the batch's row `i`. */
  set(i: number, value: LongDecimal): void {
    this.#pending.set(i, value);
  }

  /** Whether the batch's row `i` has one. */
  has(i: number): boolean {
    return this.#pending.has(i);
  }

  /** Adds the batch's values to the groups of its rows; rows without a record are left out. */
  add(record: Int32Array): void {
    if (this.#pending.size === 0) return;
    for (const [i, value] of this.#pending) {
      const group = record[i] ?? -1;
      if (group < 0) continue;
      const before = this.#groups.get(group);
      this.#groups.set(
        group,
        before
          ? {
              ...addDecimals(before, value),
              count: before.count + 1,
              min: lesser(before.min, value),
              max: greater(before.max, value),
            }
          : { ...value, count: 1, min: value, max: value },
      );
    }
    this.#pending.clear();
  }

  get(group: number): LongGroup | undefined {
    return this.#groups.get(group);
  }
}
