/** The metadata of a batch: which bytes of its body are what. Judged before the body is read. */
import { broken } from '../columns/place.ts';
import { limits } from '../limits.ts';
import { FunctionError } from '../refusal.ts';
import { codecOf, type Decompress } from './codecs.ts';
import { countOf, type FlatTable } from './flatbuffer.ts';
import type { Layout } from './schema.ts';

/** Bytes of the body. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** An array of a batch: a column, or the values of a dictionary. */
export interface ArrayPlan {
  readonly layout: Layout;
  /** How many of its values are missing. */
  readonly missing: number;
  /** Of its validity, and then as the layout has them. */
  readonly buffers: readonly Span[];
}

export interface BatchPlan {
  readonly rows: number;
  readonly arrays: readonly ArrayPlan[];
  /** undefined: the buffers are as they are. */
  readonly decompress: Decompress | undefined;
}

/** Buffers beside those of views. */
const BUFFERS: Readonly<Record<Layout['kind'], number>> = {
  none: 0,
  bits: 2,
  fixed: 2,
  variable: 3,
  views: 2,
};

/** In order, so that no byte is two things: a small body does not become many buffers. */
function spansOf(batch: FlatTable, bodyLength: number): readonly Span[] {
  let before = 0;
  return Array.from(batch.structs(2, 16), (view) => {
    const start = countOf(view.getBigInt64(0, true));
    const end = start + countOf(view.getBigInt64(8, true));
    if (end > bodyLength) broken('it has a buffer outside of its body');
    if (end === start) return { start: 0, end: 0 };
    if (start < before) broken('it has buffers that lie in each other');
    before = end;
    return { start, end };
  });
}

function decompressOf(batch: FlatTable): Decompress | undefined {
  const compression = batch.table(3);
  if (!compression) return undefined;
  if (compression.integer(1, 8) !== 0) broken('it is compressed in a way that is not known here');
  return codecOf(compression.integer(0, 8));
}

/** The plan of a `RecordBatch` whose arrays have these layouts. @throws FunctionError without the place */
export function planBatch(
  batch: FlatTable,
  layouts: readonly Layout[],
  bodyLength: number,
  mostRows: number = limits.arrowBatchRows.value,
): BatchPlan {
  const rows = batch.count(0);
  if (rows > mostRows)
    throw new FunctionError(
      'too-large',
      `it has more than ${mostRows} rows. Write the file with smaller batches`,
    );
  if (batch.length(1) !== layouts.length)
    broken(`it has ${batch.length(1)} columns, and the schema ${layouts.length}`);
  const spans = spansOf(batch, bodyLength);
  const extra = Array.from(batch.structs(4, 8), (view) => countOf(view.getBigInt64(0, true)));
  let [buffer, views, array] = [0, 0, 0];
  const arrays: ArrayPlan[] = [];
  for (const node of batch.structs(1, 16)) {
    const layout = layouts[array++] ?? broken('it has more columns than the schema');
    if (countOf(node.getBigInt64(0, true)) !== rows) broken('it has columns of different lengths');
    const missing = countOf(node.getBigInt64(8, true));
    if (missing > rows) broken('it has more missing values than rows');
    const more =
      layout.kind === 'views' ? (extra[views++] ?? broken('its metadata lack the number of its buffers')) : 0;
    const count = BUFFERS[layout.kind] + more;
    if (count > spans.length - buffer) broken('it has fewer buffers than its columns');
    arrays.push({ layout, missing, buffers: spans.slice(buffer, buffer + count) });
    buffer += count;
  }
  if (buffer !== spans.length || views !== extra.length) broken('it has more buffers than its columns');
  return { rows, arrays, decompress: decompressOf(batch) };
}
