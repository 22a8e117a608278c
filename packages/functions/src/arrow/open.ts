/** Opening what may be an Arrow IPC file, or a stream of the same messages. */
import { type CsvForm, columnsAsText, placeOfItems, type WriteCell } from '../columns/csv.ts';
import { within } from '../columns/place.ts';
import type { Input } from '../function.ts';
import { recordBatches } from './batches.ts';
import type { ArrowColumn } from './schema.ts';
import { walkFile } from './walk.ts';

export interface ArrowForm extends CsvForm {
  /** Of a list: the column of the items. */
  readonly column: string | undefined;
}

const FILE = Buffer.from('ARROW1\0\0', 'latin1');
const STREAM = Buffer.from([0xff, 0xff, 0xff, 0xff]);

/** What begins with these bytes; no text does. */
export function arrowKind(head: Uint8Array): 'file' | 'stream' | undefined {
  if (FILE.equals(head.subarray(0, FILE.length))) return 'file';
  return STREAM.equals(head.subarray(0, STREAM.length)) ? 'stream' : undefined;
}

/**
 * Walks the file. It is read again for its rows.
 *
 * @throws FunctionError for what is damaged, outside of the limits or unsupported
 */
export async function openArrow(
  input: Input,
  kind: 'file' | 'stream',
  form: ArrowForm,
): Promise<{ readonly table: Input; readonly columns: readonly ArrowColumn[] }> {
  const { name, list, column } = form;
  const isFile = kind === 'file';
  const all = await walkFile(input, isFile, name);
  const places = list
    ? [
        within(
          () => name,
          () => placeOfItems(all, column),
        ),
      ]
    : [...all.keys()];
  const columns = all.filter((_, place) => places.includes(place));
  const wanted = { columns: all, places, isFile, name };
  const parts = (cell: WriteCell) => recordBatches(input, wanted, cell);
  return { table: columnsAsText({ columns, parts }, form), columns };
}
