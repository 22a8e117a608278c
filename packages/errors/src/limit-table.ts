/** Limits as data: code reads the number, docs/limits.md is generated from the rest. */

export type LimitUnit = 'bytes' | 'characters' | 'ms' | 's' | 'MiB' | 'per second' | 'count';

export interface Limit {
  readonly value: number;
  readonly unit: LimitUnit;
  /** What is limited, as docs/limits.md says it: "a file of configfs-tsm". */
  readonly what: string;
  /** What happens beyond it, or how an operator changes it; absent where a plain refusal says all. */
  readonly note?: string;
}

export type LimitTable = Readonly<Record<string, Limit>>;

/** Checks the table's form and returns it with its own names and values. */
export const limitTable = <const Table extends LimitTable>(table: Table): Table => table;
