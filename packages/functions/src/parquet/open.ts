/** Opening what may be a Parquet file. */
import type { Input } from '../function.ts';
import { quote } from '../text/quote.ts';
import { type CsvForm, parquetAsText } from './csv.ts';
import { beginsAsParquet, type Footer, readFooter, requireEnd } from './footer.ts';
import { broken, within } from './place.ts';
import type { Column } from './schema.ts';
import { readTail } from './stream.ts';

export interface ParquetForm extends CsvForm {
  /** Of a list: the column of the items. */
  readonly column: string | undefined;
}

export interface OpenedFile {
  /** The table as text; undefined: it is no Parquet file. */
  readonly table: Input | undefined;
  readonly columns: readonly Column[];
  /** The first bytes. */
  readonly head: Uint8Array;
}

/** The one column of a list. */
function listOf(footer: Footer, column: string | undefined): Footer {
  const { columns, groups } = footer;
  const place = column === undefined ? 0 : columns.findIndex(({ name }) => name === column);
  if (column === undefined && columns.length > 1)
    broken('it has several columns. Give the one of the items as "column"');
  const chosen = columns[place] ?? broken(`it has no column ${quote(column ?? '')}`);
  return {
    ...footer,
    columns: [chosen],
    groups: groups.flatMap(({ rows, chunks }) => {
      const chunk = chunks[place];
      return chunk ? [{ rows, start: chunk.start, end: chunk.end, chunks: [chunk] }] : [];
    }),
  };
}

/**
 * Reads the end of the file. The input is read again for its rows.
 *
 * @throws FunctionError for a file that begins as Parquet and is none, or is outside of the limits
 */
export async function openParquet(input: Input, form: ParquetForm): Promise<OpenedFile> {
  const tail = await readTail(input);
  const { head } = tail;
  if (!beginsAsParquet(head)) return { table: undefined, columns: [], head };
  const footer = within(
    () => form.name,
    () => {
      requireEnd(tail);
      const whole = readFooter(tail);
      return form.list ? listOf(whole, form.column) : whole;
    },
  );
  return { table: parquetAsText(input, footer, form), columns: footer.columns, head };
}
