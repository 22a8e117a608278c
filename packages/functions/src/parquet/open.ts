/** Opening what may be a Parquet file. */
import { type CsvForm, columnsAsText, placeOfItems, type WriteCell } from '../columns/csv.ts';
import { within } from '../columns/place.ts';
import { readTail } from '../columns/tail.ts';
import type { Input } from '../function.ts';
import { beginsAsParquet, type Footer, MOST_TAIL, readFooter, requireEnd } from './footer.ts';
import { rowGroups } from './groups.ts';
import type { Column } from './schema.ts';

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
  const place = placeOfItems(columns, column);
  return {
    ...footer,
    columns: columns.slice(place, place + 1),
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
  const tail = await readTail(input, MOST_TAIL, beginsAsParquet);
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
  const { columns } = footer;
  const parts = (cell: WriteCell) => rowGroups(input, footer, form.name, cell);
  return { table: columnsAsText({ columns, parts }, form), columns, head };
}
