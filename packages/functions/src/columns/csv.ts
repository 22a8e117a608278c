/**
 * Columns as CSV: what every function that reads tables reads on. Values keep all their digits; a missing value, and NaN, is an empty
 * field; the header has the names of the columns.
 */
import type { Input } from '../function.ts';
import { limits } from '../limits.ts';
import { FunctionError } from '../refusal.ts';
import { quote } from '../text/quote.ts';
import { columnPlace } from './cells.ts';
import { broken, within } from './place.ts';

/** Characters that are handed on at once, about. */
const CHUNK = 1 << 16;
/** A byte order mark, which whoever reads the text would take away. */
const MARK = '\ufeff';

/** What the text of the file may have beside its own size: what dictionaries and runs leave out of a file, and not what hostile ones do. */
const FREE_TEXT = limits.columnText.value;
const TEXT_PER_BYTE = limits.columnTextPerByte.value;

export interface CsvForm {
  /** The slot, for refusals. */
  readonly name: string;
  readonly delimiter: string;
  /** One value a line, without a header and without quotes. */
  readonly list: boolean;
}

/** A column by its name. */
export interface Named {
  readonly name: string;
}

/** Makes a cell of a text; undefined: a value that is missing. */
export type WriteCell = (text: string | undefined) => string;

/** The cells of one column of a part, one after the other. */
export interface Cells {
  /** The cell of the next row. @throws `Error` of any kind, without the place */
  next(): string;
  /** To be called after the last row. */
  end(): void;
}

/** Rows that a file has together: a row group, a record batch. */
export interface Part {
  /** "input_data0, row group 1", for refusals. */
  readonly place: string;
  readonly rows: number;
  /** By column. */
  readonly cells: readonly Cells[];
  /** Bytes of the file up to its end. */
  readonly fileBytes: number;
}

/** A file whose columns are known. */
export interface ColumnFile {
  readonly columns: readonly Named[];
  /** Reads its rows. */
  readonly parts: (cell: WriteCell) => AsyncGenerator<Part, void, void>;
}

/** Quotes what needs quotes. `alone`: an empty line is no row. */
function cellWriter(delimiter: string, alone: boolean): WriteCell {
  const special = new RegExp(`["\n\r${MARK}${delimiter === '|' ? '\\|' : delimiter}]`);
  const missing = alone ? '""' : '';
  return (text) => {
    if (text === undefined || text === '') return missing;
    return special.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
}

/** An item of a list: a line. A missing one is a blank line, which is no item. */
const writeItem: WriteCell = (text = '') =>
  /[\n\r]/.test(text) ? broken('it has a text with a line end, which is no item of a list') : text;

/** The text of a part, some rows at a time, as many as a chunk has. */
function* textOfPart(
  { place, rows, cells }: Part,
  columns: readonly Named[],
  delimiter: string,
): Generator<string, void, void> {
  const places = columns.map((column) => `${place}, ${columnPlace(column)}`);
  let column = 0;
  const at = (): string => places[column] ?? place;
  for (let row = 0; row < rows; ) {
    yield within(at, () => {
      let text = '';
      for (; row < rows && text.length < CHUNK; row++) {
        for (column = 0; column < cells.length; column++) {
          if (column > 0) text += delimiter;
          text += cells[column]?.next() ?? '';
        }
        text += '\n';
      }
      if (row === rows) for (column = 0; column < cells.length; column++) cells[column]?.end();
      return text;
    });
  }
}

async function* textChunks(
  { columns, parts }: ColumnFile,
  { list, delimiter }: CsvForm,
): AsyncGenerator<Uint8Array, void, void> {
  const cell = list ? writeItem : cellWriter(delimiter, columns.length === 1);
  // The reader of the text takes one byte order mark away: none of the items'.
  if (list) yield Buffer.from(MARK);
  else yield Buffer.from(`${columns.map(({ name }) => cell(name)).join(delimiter)}\n`);
  let written = 0;
  for await (const part of parts(cell)) {
    for (const text of textOfPart(part, columns, delimiter)) {
      const chunk = Buffer.from(text);
      written += chunk.length;
      if (written > FREE_TEXT + TEXT_PER_BYTE * part.fileBytes) {
        throw new FunctionError(
          'too-large',
          `${part.place}: the text of its values is more than ${TEXT_PER_BYTE} times as long as the file.`,
        );
      }
      yield chunk;
    }
  }
}

/** The table as CSV text. @throws FunctionError while it is read, with part and column, for what is damaged or has no text */
export const columnsAsText = (file: ColumnFile, form: CsvForm): Input => ({
  chunks: () => textChunks(file, form),
});

/** The place of the one column of a list. @throws FunctionError without the name of the file */
export function placeOfItems(columns: readonly Named[], asked: string | undefined): number {
  if (asked === undefined) {
    return columns.length > 1 ? broken('it has several columns. Give the one of the items as "column"') : 0;
  }
  const place = columns.findIndex(({ name }) => name === asked);
  return place < 0 ? broken(`it has no column ${quote(asked)}`) : place;
}

/** @throws FunctionError without the name of the file, for more columns than a table has, or two of one name */
export function requireColumns(columns: readonly Named[]): void {
  if (columns.length === 0) broken('it has no columns');
  const most = limits.tableColumns.value;
  if (columns.length > most) throw new FunctionError('too-large', `it has more than ${most} columns`);
  const seen = new Set<string>();
  for (const { name } of columns) {
    if (seen.has(name)) broken(`it has the column ${quote(name)} twice`);
    seen.add(name);
  }
}
