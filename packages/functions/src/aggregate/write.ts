import type { Output } from '../function.ts';
import type { KeyTable } from '../kernels/keyed/key-table.ts';
import { Writer } from '../keyed/writer.ts';
import { FunctionError } from '../refusal.ts';
import type { Accumulator } from './accumulator.ts';
import { writeField } from './keys.ts';
import { POWERS } from './number.ts';
import type { Aggregation } from './spec.ts';

const COMMA = 0x2c;
const LF = 10;
const MINUS = 0x2d;
const POINT = 0x2e;
const ZERO = 0x30;
/** More than any number has. */
const NUMBER_ROOM = 64;
const INT = 2 ** 31;

/** A column of the output: what it is of, and of which numbers. */
export interface OutputColumn {
  readonly text: string;
  readonly aggregation: Aggregation;
  /** undefined: a count of rows. */
  readonly accumulator: Accumulator | undefined;
  /** Of the number in a record: of the count of rows, or of the aggregated values. */
  readonly offset: number;
}

function writeAscii(text: string, chunk: Uint8Array, at: number): number {
  for (let i = 0; i < text.length; i++) chunk[at++] = text.charCodeAt(i);
  return at;
}

/** Writes `value / 10^decimals` with that many decimals; returns the index after it. */
function writeDecimal(value: number | bigint, decimals: number, chunk: Uint8Array, at: number): number {
  if (value < 0) chunk[at++] = MINUS;
  if (typeof value === 'number' && value > -INT && value < INT) {
    let rest = Math.abs(value) | 0;
    let digits = 1;
    for (let limit = 10; digits < 10 && rest >= limit; limit *= 10) digits++;
    const end = at + Math.max(digits, decimals + 1) + (decimals > 0 ? 1 : 0);
    const point = decimals > 0 ? end - decimals - 1 : -1;
    for (let i = end - 1; i >= at; i--) {
      if (i === point) {
        chunk[i] = POINT;
        continue;
      }
      const tenth = (rest / 10) | 0;
      chunk[i] = ZERO + rest - tenth * 10;
      rest = tenth;
    }
    return end;
  }
  const digits = String(value)
    .replace('-', '')
    .padStart(decimals + 1, '0');
  const point = digits.length - decimals;
  return writeAscii(decimals === 0 ? digits : `${digits.slice(0, point)}.${digits.slice(point)}`, chunk, at);
}

function finite(value: number, text: string): string {
  if (!Number.isFinite(value))
    throw new FunctionError('unsuitable-data', `The sum of ${text} is beyond what a 64-bit float holds.`);
  return String(value);
}

/** Writes one cell; nothing where the group has no values. Returns the index after it. */
function writeCell(
  table: KeyTable,
  record: number,
  column: OutputColumn,
  exact: boolean,
  chunk: Uint8Array,
  at: number,
) {
  const { aggregation, accumulator, offset, text } = column;
  const numbers = table.numbersOf(record);
  const value = table.numbers[numbers + offset] as number;
  if (!accumulator || aggregation === 'count') return writeDecimal(value, 0, chunk, at);
  const count = table.numbers[numbers + accumulator.measure.count] as number;
  if (count === 0) return at;
  const { decimals } = accumulator;
  const number = aggregation === 'min' || aggregation === 'max' ? value : accumulator.sum(record);
  if (aggregation === 'mean') {
    // One rounding as long as the sum is a float and the divisor is below 2^53.
    return writeAscii(finite(Number(number) / (count * (POWERS[decimals] as number)), text), chunk, at);
  }
  if (exact) return writeDecimal(number, decimals, chunk, at);
  return writeAscii(finite(Number(number), text), chunk, at);
}

/** Writes a header and a row for each record to all outputs, and closes them. */
export async function writeGroups(
  table: KeyTable,
  records: Int32Array,
  {
    key,
    columns,
    exact,
  }: { readonly key: readonly string[]; readonly columns: readonly OutputColumn[]; readonly exact: boolean },
  outputs: readonly Output[],
): Promise<void> {
  const writer = new Writer(outputs);
  const names = [...key, ...columns.map(({ text }) => text)];
  for (const [i, name] of names.entries()) {
    const bytes = new Uint8Array(Buffer.from(name));
    const room = 2 * bytes.length + 3;
    if (!writer.hasRoom(room)) await writer.flush(room);
    writer.used = writeField(bytes, 0, bytes.length, writer.chunk, writer.used);
    writer.chunk[writer.used++] = i === names.length - 1 ? LF : COMMA;
  }
  for (const record of records) {
    const room = table.keyLength(record) + NUMBER_ROOM * columns.length + 4;
    if (!writer.hasRoom(room)) await writer.flush(room);
    const { chunk, view } = writer;
    let at = table.copyKey(record, view, writer.used);
    for (const column of columns) {
      chunk[at++] = COMMA;
      at = writeCell(table, record, column, exact, chunk, at);
    }
    chunk[at++] = LF;
    writer.used = at;
  }
  await writer.close();
}
