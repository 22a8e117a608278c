/** The end of a file: its schema, and where its batches are. A file is what its end says: writers put other things between. */
import { broken } from '../columns/place.ts';
import type { Tail } from '../columns/tail.ts';
import { limits } from '../limits.ts';
import { FunctionError } from '../refusal.ts';
import { countOf, type FlatTable } from './flatbuffer.ts';
import { type Block, versioned } from './messages.ts';
import { type ArrowColumn, columnsOf } from './schema.ts';

const MARK = 'ARROW1';
/** The mark at the beginning, with zeros. */
const BEGIN = 8;
/** After the metadata of the end: their length, and the mark. */
const END = 4 + MARK.length;
const BLOCK = 24;
const MOST = limits.arrowMetadata.value;
/** Bytes of the end that are looked at. */
export const MOST_TAIL: number = MOST + END;

export interface FileEnd {
  readonly columns: readonly ArrowColumn[];
  /** In the order of the file; of dictionaries and of record batches as well. */
  readonly blocks: readonly Block[];
}

function blocksOf(footer: FlatTable, field: number, kind: Block['kind']): readonly Block[] {
  let before = 0;
  return Array.from(footer.structs(field, BLOCK), (view) => {
    const start = countOf(view.getBigInt64(0, true));
    const body = start + view.getInt32(8, true);
    const end = body + countOf(view.getBigInt64(16, true));
    // Rows have the order of the list, and what is read in one pass that of the file.
    if (start < before) broken('its end does not list its batches in their order');
    before = start;
    return { kind, start, body, end };
  });
}

function requireApart(blocks: readonly Block[], end: number): void {
  let before = BEGIN;
  for (const block of blocks) {
    if (block.start < before || block.body < block.start || block.end > end)
      broken('its end lists batches that lie in each other, or outside of the file');
    before = block.end;
  }
}

/** @throws FunctionError without the name of the file, for what is outside of the limits, unsupported or contradicts itself */
export function readEnd({ size, bytes }: Tail): FileEnd {
  const at = bytes.length - END;
  if (size < BEGIN + END || Buffer.from(bytes.subarray(at + 4)).toString('latin1') !== MARK)
    broken('it begins with ARROW1 as an Arrow file, and does not end so: it is cut off, or is no such file');
  const length = new DataView(bytes.buffer, bytes.byteOffset).getInt32(at, true);
  if (length > MOST)
    throw new FunctionError(
      'too-large',
      `the metadata of its end have more than ${MOST >> 20} MiB. Write the file with fewer batches`,
    );
  const start = size - END - length;
  if (length < 0 || start < BEGIN) broken('the metadata of its end are longer than the file');
  const footer = versioned(bytes.subarray(at - length, at));
  const columns = columnsOf(footer.table(1) ?? broken('its end has no schema'));
  const blocks = [...blocksOf(footer, 2, 'dictionary'), ...blocksOf(footer, 3, 'records')].sort(
    (one, other) => one.start - other.start,
  );
  requireApart(blocks, start);
  return { columns, blocks };
}
