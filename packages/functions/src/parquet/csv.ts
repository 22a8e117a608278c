/**
 * Parquet as CSV: what every function that reads tables reads on. Values keep all their digits; a missing value, and NaN, is an empty
 * field; the header has the names of the columns.
 */
import type { Input } from '../function.ts';
import { limits } from '../limits.ts';
import { FunctionError } from '../refusal.ts';
import { columnPlace } from './cells.ts';
import { ColumnCursor, type WriteCell } from './cursor.ts';
import type { Footer, RowGroup } from './footer.ts';
import { broken, within, withinAsync } from './place.ts';
import { RangeReader } from './stream.ts';

/** Characters that are handed on at once, about. */
const CHUNK = 1 << 16;
/** A byte order mark, which whoever reads the text would take away. */
const MARK = '\ufeff';

/** What the text of the file may have beside its own size: what dictionaries and runs leave out of a file, and not what hostile ones do. */
const FREE_TEXT = limits.parquetText.value;
const TEXT_PER_BYTE = limits.parquetTextPerByte.value;

export interface CsvForm {
  /** The slot, for refusals. */
  readonly name: string;
  readonly delimiter: string;
  /** One value a line, without a header and without quotes. */
  readonly list: boolean;
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

class TextOfGroup {
  readonly #cursors: readonly ColumnCursor[];
  readonly #group: RowGroup;
  readonly #form: CsvForm;
  readonly #places: readonly string[];
  #row = 0;

  constructor(
    { columns }: Footer,
    number: number,
    {
      group,
      bytes,
      form,
      cell,
    }: {
      readonly group: RowGroup;
      readonly bytes: Uint8Array;
      readonly form: CsvForm;
      readonly cell: WriteCell;
    },
  ) {
    this.#group = group;
    this.#form = form;
    this.#places = columns.map((column) => `${form.name}, row group ${number + 1}, ${columnPlace(column)}`);
    this.#cursors = columns.flatMap((column, i) => {
      const chunk = group.chunks[i];
      return chunk
        ? [
            new ColumnCursor(
              column,
              chunk,
              bytes.subarray(chunk.start - group.start, chunk.end - group.start),
              { rows: group.rows, cell },
            ),
          ]
        : [];
    });
  }

  get isOver(): boolean {
    return this.#row === this.#group.rows;
  }

  /** Some rows, as many as a chunk has or are left. */
  next(): string {
    const { delimiter } = this.#form;
    let text = '';
    let column = 0;
    return within(
      () => this.#places[column] ?? this.#form.name,
      () => {
        for (; this.#row < this.#group.rows && text.length < CHUNK; this.#row++) {
          for (column = 0; column < this.#cursors.length; column++) {
            if (column > 0) text += delimiter;
            text += this.#cursors[column]?.next() ?? '';
          }
          text += '\n';
        }
        if (this.isOver)
          for (column = 0; column < this.#cursors.length; column++) this.#cursors[column]?.end();
        return text;
      },
    );
  }
}

async function* textChunks(
  input: Input,
  footer: Footer,
  form: CsvForm,
): AsyncGenerator<Uint8Array, void, void> {
  const { columns, groups } = footer;
  const cell = form.list ? writeItem : cellWriter(form.delimiter, columns.length === 1);
  // The reader of the text takes one byte order mark away: none of the items'.
  if (form.list) yield Buffer.from(MARK);
  else yield Buffer.from(`${columns.map(({ name }) => cell(name)).join(form.delimiter)}\n`);
  const ranges = new RangeReader(input);
  let written = 0;
  try {
    for (const [number, group] of groups.entries()) {
      if (group.rows === 0) continue;
      const place = `${form.name}, row group ${number + 1}`;
      const bytes = await withinAsync(
        () => place,
        () => ranges.read(group.start, group.end),
      );
      const text = within(
        () => place,
        () => new TextOfGroup(footer, number, { group, bytes, form, cell }),
      );
      while (!text.isOver) {
        const chunk = Buffer.from(text.next());
        written += chunk.length;
        if (written > FREE_TEXT + TEXT_PER_BYTE * group.end) {
          throw new FunctionError(
            'too-large',
            `${place}: the text of its values is more than ${TEXT_PER_BYTE} times as long as the file.`,
          );
        }
        yield chunk;
      }
    }
  } finally {
    await ranges.close();
  }
}

/** The table as CSV text. @throws FunctionError while it is read, with row group and column, for what is damaged or has no text */
export const parquetAsText = (input: Input, footer: Footer, form: CsvForm): Input => ({
  chunks: () => textChunks(input, footer, form),
});
