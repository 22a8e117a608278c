/** The metadata at the end of a file, judged before any page is read. */

import { requireColumns } from '../columns/csv.ts';
import { broken } from '../columns/place.ts';
import type { Tail } from '../columns/tail.ts';
import { limits } from '../limits.ts';
import { FunctionError } from '../refusal.ts';
import { quote } from '../text/quote.ts';
import { CODECS, type Codec } from './codecs.ts';
import { type Column, columnOf } from './schema.ts';
import { readStruct, type Struct } from './thrift.ts';

/** `PAR1`. */
const MARK = 0x31524150;
/** `PARE`: the footer is encrypted. */
const ENCRYPTED = 0x45524150;
/** Bytes after the metadata: their length, and the mark. */
const END = 8;
/** Bytes of the end that are looked at. */
export const MOST_TAIL: number = limits.parquetFooter.value + END;

/** The values of one column in one row group. */
export interface Chunk {
  readonly start: number;
  readonly end: number;
  readonly codec: Codec;
}

export interface RowGroup {
  readonly rows: number;
  readonly start: number;
  readonly end: number;
  /** By column. */
  readonly chunks: readonly Chunk[];
}

export interface Footer {
  readonly columns: readonly Column[];
  readonly groups: readonly RowGroup[];
  readonly rows: number;
}

const viewOf = (bytes: Uint8Array): DataView =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

const markAt = (bytes: Uint8Array, at: number): number | undefined =>
  at >= 0 && bytes.length >= at + 4 ? viewOf(bytes).getUint32(at, true) : undefined;

/** Whether the first bytes are those of Parquet, or of Parquet whose metadata are encrypted. */
export const beginsAsParquet = (head: Uint8Array): boolean =>
  markAt(head, 0) === MARK || markAt(head, 0) === ENCRYPTED;

/** Refuses what only begins as Parquet. */
export function requireEnd({ size, head, bytes }: Tail): void {
  if (markAt(head, 0) === ENCRYPTED) broken('its metadata are encrypted. Write the file without encryption');
  if (size < 4 + END || markAt(bytes, bytes.length - 4) !== MARK) {
    broken('it begins with PAR1 as a Parquet file, and does not end so: it is cut off, or is no such file');
  }
}

function chunkOf(
  struct: Struct,
  column: Column,
  group: { readonly rows: number; readonly end: number },
): Chunk {
  const named = `the column ${quote(column.name)}`;
  if (struct.has(8) || struct.has(9)) broken(`${named} is encrypted. Write the file without encryption`);
  if (struct.has(1)) broken(`${named} is in another file`);
  const data = struct.struct(3) ?? broken(`its metadata lack ${named}`);
  const path = data.texts(3);
  if (path.length !== 1 || path[0] !== column.name)
    broken(`its metadata have another column in the place of ${named}`);
  const number = data.count(4);
  const codec = CODECS[number];
  if (!codec?.isRead) {
    broken(
      `${named} is compressed with ${codec?.name ?? `codec ${number}`}. Write it with ZSTD, SNAPPY or GZIP, or uncompressed`,
    );
  }
  if (data.count(5) !== group.rows)
    broken(`${named} has ${data.count(5)} values, and the row group ${group.rows} rows`);
  const first = data.count(9);
  const dictionary = data.integer(11) ?? 0;
  const start = dictionary > 0 && dictionary < first ? dictionary : first;
  const end = start + data.count(7);
  // Of a row group without rows pyarrow says that it begins at 0; it is not read.
  if (group.rows > 0 && (start < 4 || end > group.end)) broken(`${named} lies outside of the file`);
  return { start, end, codec };
}

function groupOf(struct: Struct, columns: readonly Column[], end: number): RowGroup {
  const rows = struct.count(3);
  const found = struct.structs(1);
  if (found.length !== columns.length)
    broken(`it has ${found.length} columns, and the schema ${columns.length}`);
  const chunks = columns.map((column, i) =>
    // As many as there are columns.
    chunkOf(found[i] ?? struct, column, { rows, end }),
  );
  const group = {
    rows,
    chunks,
    start: Math.min(...chunks.map((chunk) => chunk.start)),
    end: Math.max(...chunks.map((chunk) => chunk.end)),
  };
  const most = limits.parquetGroup.value;
  if (rows > 0 && group.end - group.start > most) {
    throw new FunctionError(
      'too-large',
      `it has more than ${most >> 20} MiB. Write the file with smaller row groups`,
    );
  }
  return group;
}

function columnsOf(schema: readonly Struct[]): readonly Column[] {
  const [root, ...elements] = schema;
  // Before each of them is looked at.
  const most = limits.tableColumns.value;
  if (elements.length > most) throw new FunctionError('too-large', `it has more than ${most} columns`);
  const columns = elements.map(columnOf);
  if (root?.integer(5) !== columns.length)
    broken('its metadata have another number of columns than they say');
  requireColumns(columns);
  return columns;
}

/** The columns and row groups. @throws FunctionError without the name of the file, for what is outside of the limits, unsupported or contradicts itself */
export function readFooter({ size, bytes }: Tail): Footer {
  const view = viewOf(bytes);
  const length = view.getUint32(bytes.length - END, true);
  const most = limits.parquetFooter.value;
  if (length > most)
    throw new FunctionError(
      'too-large',
      `its metadata have more than ${most >> 20} MiB. Write the file with fewer row groups`,
    );
  if (length + END + 4 > size) broken('its metadata are longer than the file');
  const from = bytes.length - END - length;
  const { struct, end } = readStruct(bytes.subarray(0, bytes.length - END), from);
  if (end !== bytes.length - END) broken('its metadata have another length than it says');
  if (struct.has(8)) broken('it is encrypted. Write the file without encryption');
  const columns = columnsOf(struct.structs(2));
  const limit = size - END - length;
  const groups: RowGroup[] = [];
  let rows = 0;
  let at = 4;
  for (const [i, found] of struct.structs(4).entries()) {
    const group = inGroup(i, () => groupOf(found, columns, limit));
    rows += group.rows;
    // What is read in one pass has to lie in order.
    if (group.rows > 0 && group.start < at) broken(`row group ${i + 1} begins before the one before it ends`);
    if (group.rows > 0) at = group.end;
    groups.push(group);
  }
  if (rows !== struct.count(3))
    broken(`its row groups have ${rows} rows, and its metadata say ${struct.count(3)}`);
  const mostRows = limits.columnRows.value;
  if (rows > mostRows) throw new FunctionError('too-large', `it has more than ${mostRows} rows`);
  return { columns, groups, rows };
}

function inGroup<Result>(number: number, work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof FunctionError)) throw error;
    throw new FunctionError(error.code, `row group ${number + 1}: ${error.message}`, { cause: error });
  }
}
