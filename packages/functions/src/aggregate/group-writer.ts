import type { Output } from '../function.ts';
import type { KeyTable } from '../kernels/keyed/key-table.ts';
import { Writer } from '../keyed/writer.ts';
import { limits } from '../limits.ts';
import { FunctionError } from '../refusal.ts';
import type { Accumulator, GroupValue } from './accumulator.ts';
import { writeField } from './keys.ts';
import type { Aggregation } from './spec.ts';

const COMMA = 0x2c;
const LF = 10;
const MINUS = 0x2d;
const POINT = 0x2e;
const ZERO = 0x30;
/** More than any number has, but for decimals that are kept exactly beyond floats. */
const NUMBER_ROOM = 64;
/** More than those have: the whole digits of one and the decimals of another, and what a sum adds to them. */
const LONG_ROOM = 2 * limits.decimalDigits.value + NUMBER_ROOM;
const INT = 2 ** 31;

/** A column of the output: what it is of, and of which numbers. */
export interface OutputColumn {
  readonly text: string;
  readonly aggregation: Aggregation;
  /** undefined: a count of rows. */
  readonly accumulator: Accumulator | undefined;
  /** Of a count of rows in a record; not looked at otherwise. */
  readonly offset: number;
  /** Whether enough rows, or individuals, are behind the group's figure. */
  isTold(record: number): boolean;
}

function writeAscii(text: string, chunk: Uint8Array, at: number): number {
  for (let i = 0; i < text.length; i++) chunk[at++] = text.charCodeAt(i);
  return at;
}

/** Writes the value with all its decimals; returns the index after it. */
function writeDecimal({ mantissa: value, decimals }: GroupValue, chunk: Uint8Array, at: number): number {
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

/** The text of a float. Throws `FunctionError` for what is not finite. */
function formatFinite(value: number, column: string): string {
  if (!Number.isFinite(value))
    throw new FunctionError('unsuitable-data', `The sum of ${column} is beyond what a 64-bit float holds.`);
  return String(value);
}

export interface GroupFormat {
  /** Names of the key's columns. */
  readonly key: readonly string[];
  readonly columns: readonly OutputColumn[];
  /** Whether sums and extremes are decimals. */
  readonly exact: boolean;
}

/** Writes groups as CSV to several outputs. */
export class GroupWriter {
  /** Cells that were left empty as too few are behind them. */
  suppressed = 0;
  readonly #table: KeyTable;
  readonly #format: GroupFormat;
  readonly #writer: Writer;

  constructor(table: KeyTable, format: GroupFormat, outputs: readonly Output[]) {
    this.#table = table;
    this.#format = format;
    this.#writer = new Writer(outputs);
  }

  /** Writes a header and a row for each record, and closes the outputs. */
  async write(records: Int32Array): Promise<void> {
    const writer = this.#writer;
    await this.#writeHeader();
    const { columns } = this.#format;
    for (const record of records) {
      const room = this.#table.keyLength(record) + this.#numberRoom(record) + 4;
      if (!writer.hasRoom(room)) await writer.flush(room);
      const { bytes, view } = writer;
      let at = this.#table.copyKey(record, view, writer.at);
      for (const column of columns) {
        bytes[at++] = COMMA;
        at = this.#writeCell(record, column, bytes, at);
      }
      bytes[at++] = LF;
      writer.at = at;
    }
    await writer.close();
  }

  async #writeHeader(): Promise<void> {
    const writer = this.#writer;
    const { key, columns } = this.#format;
    const names = [...key, ...columns.map(({ text }) => text)];
    for (const [i, name] of names.entries()) {
      const bytes = new Uint8Array(Buffer.from(name));
      const room = 2 * bytes.length + 3;
      if (!writer.hasRoom(room)) await writer.flush(room);
      writeField(bytes, 0, bytes.length, writer);
      writer.bytes[writer.at++] = i === names.length - 1 ? LF : COMMA;
    }
  }

  /** Writes one cell; nothing where the group has no values, or too few. Returns the index after it. */
  #writeCell(record: number, column: OutputColumn, chunk: Uint8Array, at: number): number {
    const { aggregation, accumulator, offset, text } = column;
    if (!accumulator) {
      return writeDecimal({ mantissa: this.#table.number(record, offset), decimals: 0 }, chunk, at);
    }
    if (!column.isTold(record)) {
      this.suppressed++;
      return at;
    }
    const count = accumulator.count(record);
    if (aggregation === 'count') return writeDecimal({ mantissa: count, decimals: 0 }, chunk, at);
    if (count === 0) return at;
    if (aggregation === 'mean') return writeAscii(formatFinite(accumulator.mean(record), text), chunk, at);
    const value =
      aggregation === 'min' || aggregation === 'max'
        ? accumulator.extreme(record, aggregation)
        : accumulator.sum(record);
    if (this.#format.exact) return writeDecimal(value, chunk, at);
    return writeAscii(formatFinite(Number(value.mantissa), text), chunk, at);
  }

  /** Bytes that the numbers of a row take at most. */
  #numberRoom(record: number): number {
    let room = 0;
    for (const { accumulator } of this.#format.columns)
      room += accumulator?.isLong(record) ? LONG_ROOM : NUMBER_ROOM;
    return room;
  }
}
