/** Columns as SQLite gives them. What has another type than ours was not written by us: `tampered`. */
import type { SQLOutputValue } from 'node:sqlite';
import { StoreError } from '../store.ts';

export type Row = readonly SQLOutputValue[];

export const tampered = (what: string): StoreError =>
  new StoreError(
    'tampered',
    `a row of the database has ${what}: the data was changed outside of this store; restore the data folder from a backup`,
  );

/** Of a statement that returns arrays, which the types of Node do not know. */
export function columnsOf(row: unknown): Row {
  if (!Array.isArray(row)) throw new TypeError('a statement returns objects');
  return row;
}

export function bytesIn(value: SQLOutputValue | undefined): Uint8Array {
  if (!(value instanceof Uint8Array)) throw tampered('no bytes where they belong');
  return value;
}

export function numberIn(value: SQLOutputValue | undefined): number {
  if (typeof value !== 'number') throw tampered('no number where one belongs');
  return value;
}
