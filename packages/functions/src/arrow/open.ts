/** Opening what may be an Arrow IPC file, or a stream of the same messages. */
import { type CsvForm, columnsAsText, placeOfItems, type WriteCell } from '../columns/csv.ts';
import { within } from '../columns/place.ts';
import { readTail } from '../columns/tail.ts';
import type { Input } from '../function.ts';
import { recordBatches, type Wanted } from './batches.ts';
import { MOST_TAIL, readEnd } from './end.ts';
import { type Block, blockMessages, streamMessages } from './messages.ts';
import type { ArrowColumn } from './schema.ts';
import { walkBlocks, walkStream } from './walk.ts';

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

/** A file or a stream whose metadata were judged. */
interface Walked {
  readonly columns: readonly ArrowColumn[];
  /** Reads its messages, dictionaries before those that refer to them. */
  readonly messages: Wanted['messages'];
}

async function openFile(input: Input, name: string): Promise<Walked> {
  const tail = await readTail(input, MOST_TAIL, () => true);
  const { columns, blocks } = within(
    () => name,
    () => readEnd(tail),
  );
  await walkBlocks(blockMessages(input, blocks), columns, name);
  const ofKind = (kind: Block['kind']) => blocks.filter((block) => block.kind === kind);
  const [dictionaries, records] = [ofKind('dictionary'), ofKind('records')];
  return { columns, messages: () => [blockMessages(input, dictionaries), blockMessages(input, records)] };
}

async function openStream(input: Input, name: string): Promise<Walked> {
  const columns = await walkStream(streamMessages(input), name);
  return { columns, messages: () => [streamMessages(input)] };
}

/**
 * Judges the metadata. The input is read again for its rows.
 *
 * @throws FunctionError for what is damaged, outside of the limits or unsupported
 */
export async function openArrow(
  input: Input,
  kind: 'file' | 'stream',
  form: ArrowForm,
): Promise<{ readonly table: Input; readonly columns: readonly ArrowColumn[] }> {
  const { name, list, column } = form;
  const { columns: all, messages } = await (kind === 'file' ? openFile : openStream)(input, name);
  const chosen = within(
    () => name,
    () => (list ? [placeOfItems(all, column)] : undefined),
  );
  const places = chosen ?? [...all.keys()];
  const columns = all.filter((_, place) => places.includes(place));
  const parts = (cell: WriteCell) => recordBatches({ columns: all, places, messages, name }, cell);
  return { table: columnsAsText({ columns, parts }, form), columns };
}
