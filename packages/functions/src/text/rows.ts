/** Rows of numbers separated by commas, as they come out of a stream: batches of limited size, row after row. */
import type { Input } from '../function.ts';
import { limits } from '../limits.ts';
import { FunctionError } from '../refusal.ts';
import { HeaderReader } from './header.ts';
import { type FieldRules, parseLine, refuseRow } from './line.ts';
import { lineBlocks, lineEnd } from './lines.ts';
import { openText } from './open-text.ts';
import { isMidpoint } from './parse32.ts';
import { type Scanned, scanNumber } from './scan.ts';

const LF = 0x0a;
const CR = 0x0d;
const BLANK = 0x20;
const TAB = 9;
/** Numbers in a batch, and so the memory of one; at least one row. */
const BATCH = 1 << 15;
/** More than fit in a line that `lineBlocks` gives out: no allocation follows a larger wish. */
const MOST_COLUMNS = limits.rowColumns.value;

export interface RowFormat extends FieldRules {
  /** The slot, for refusals of what is no text. */
  readonly name?: string;
  /** Fields of a row. May be left out with `header`, which then says. */
  readonly columns?: number;
  /** The first line has the columns' names (RFC 4180: quotes, also with line feeds in them). */
  readonly header?: boolean;
}

/** Valid until the next one is asked for. */
export interface RowBatch {
  /** `rows * columns` numbers, row after row; floats of 32 bits where the format says `single`. */
  readonly values: Float64Array;
  readonly rows: number;
  readonly columns: number;
  /** Most fields of a row until now: above `columns` only where the format takes `more`. */
  readonly widest: number;
  /** Of the first row, counted from 0. */
  readonly first: number;
  /** The header's. */
  readonly names: readonly string[] | undefined;
  /** Bytes of the input that all rows until now took. */
  readonly bytesRead: number;
}

class Batch implements RowBatch {
  readonly values: Float64Array;
  readonly capacity: number;
  readonly columns: number;
  readonly names: readonly string[] | undefined;
  rows = 0;
  first = 0;
  bytesRead = 0;
  widest = 0;
  /** Whether blank lines came after the last row: no row may follow them. */
  blank = false;

  constructor(columns: number, names: readonly string[] | undefined) {
    this.columns = columns;
    this.names = names;
    this.capacity = Math.max(1, Math.floor(BATCH / Math.max(1, columns)));
    // One more for a field that is dropped.
    this.values = new Float64Array(this.capacity * columns + 1);
  }
}

const scanned: Scanned = { value: 0 };

/** A TAB that stands between columns is no blank: a line of them is a row of missing values. */
const isBlank = (line: Uint8Array, separator: number): boolean =>
  line.every((byte) => byte === BLANK || (byte === TAB && separator !== TAB));

/** Reads lines of `block` from `at` until the batch is full; returns the index after the last one. */
function fillBatch(batch: Batch, block: Uint8Array, at: number, format: RowFormat): number {
  const { values, columns, capacity } = batch;
  const { trim = false, single = false, more = false, finite = false } = format;
  const { missing = false, delimiter = ',' } = format;
  const separator = delimiter.charCodeAt(0);
  const translated = format.translate !== undefined;
  const dropped = values.length - 1;
  const end = block.length;
  while (at < end && batch.rows < capacity) {
    const begin = at;
    const base = batch.rows * columns;
    let field = 0;
    let plain = false;
    while (!translated && (field < columns || more)) {
      if (trim) while (at < end && block[at] === BLANK) at++;
      const into = field < columns ? base + field : dropped;
      if (missing && field + 1 < columns && at < end && block[at] === separator) {
        values[into] = Number.NaN;
        field++;
        at++;
        continue;
      }
      at = scanNumber(block, at, end, scanned);
      if (at < 0) break;
      if (trim) while (at < end && block[at] === BLANK) at++;
      const { value } = scanned;
      if (single && isMidpoint(value)) break;
      const rounded = single ? Math.fround(value) : value;
      values[into] = rounded;
      if (finite && !Number.isFinite(rounded)) break;
      field++;
      const byte = at < end ? block[at] : LF;
      at++;
      if (byte === separator) continue;
      plain = field >= columns && (byte === LF || (byte === CR && at < end && block[at++] === LF));
      break;
    }
    if (plain && field > batch.widest) batch.widest = field;
    if (!plain) {
      const feed = block.indexOf(LF, begin);
      const stop = feed < 0 ? end : feed;
      at = feed < 0 ? end : feed + 1;
      const line = block.subarray(begin, lineEnd(block, begin, stop));
      // Spreadsheets and editors leave blank lines at the end. The contract of Teaclave's functions refuses them.
      if (format.locate && isBlank(line, separator)) {
        batch.blank = true;
        continue;
      }
      const fields = parseLine(line, { values, base, columns }, format, batch.first + batch.rows);
      if (fields > batch.widest) batch.widest = fields;
    }
    if (batch.blank) refuseRow(format, batch.first + batch.rows, 'Empty line');
    batch.rows++;
  }
  return at;
}

function columnsOf(format: RowFormat, names: readonly string[] | undefined): number {
  const columns = format.columns ?? names?.length;
  if (columns === undefined) throw new Error('a format without a header needs its number of columns');
  if (names && (format.more ? names.length < columns : names.length !== columns)) {
    throw new FunctionError(
      'invalid-input',
      `Data format error: column len = ${names.length}, expected = ${columns}, in the header`,
    );
  }
  return columns;
}

/**
 * The rows of an input, in any encoding that `openText` reads; blank lines at its end are skipped with `locate` or `header`. Memory: one batch of 256 KiB, or one row where that is longer.
 * Throws `FunctionError` as the contract has it: "Empty line", "Data format error: column len = X, expected = Y" and
 * Rust's texts for floats; with `locate` or `header` in a sentence that names the row (and column), counted from 1.
 */
export async function* rowBatches(input: Input, format: RowFormat): AsyncGenerator<RowBatch, void, void> {
  const header = format.header ? new HeaderReader(format.delimiter ?? ',') : undefined;
  const located = format.header ? { ...format, locate: true, quotes: true } : format;
  let batch: Batch | undefined;
  let before = 0;
  const text = openText(input, {
    name: format.name ?? 'the table',
    quotes: located.quotes ?? false,
    // The contract of Teaclave's functions has its own refusals.
    contract: located.locate ? undefined : 'lines',
    keepReturns: located.locate !== true,
  });
  for await (const block of lineBlocks(text)) {
    let at = 0;
    if (header && !header.names) {
      at = header.read(block);
      if (!header.names) {
        before += block.length;
        continue;
      }
    }
    if (!batch) {
      const columns = columnsOf(located, header?.names);
      if (columns >= MOST_COLUMNS) {
        throw new FunctionError(
          'too-large',
          `Rows of ${columns} columns are longer than a line may be (16 MiB).`,
        );
      }
      batch = new Batch(columns, header?.names);
    }
    while (at < block.length) {
      at = fillBatch(batch, block, at, located);
      batch.bytesRead = before + at;
      if (batch.rows < batch.capacity) continue;
      yield batch;
      batch.first += batch.rows;
      batch.rows = 0;
    }
    before += block.length;
  }
  header?.end();
  batch ??= header ? new Batch(columnsOf(located, header.names), header.names) : undefined;
  // A table with a header and no rows still says its names.
  if (batch && (batch.rows > 0 || (header && batch.first === 0))) yield batch;
}
