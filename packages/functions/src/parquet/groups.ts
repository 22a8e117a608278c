/** The row groups of a Parquet file, one in memory at a time. */
import type { Part, WriteCell } from '../columns/csv.ts';
import { within, withinAsync } from '../columns/place.ts';
import { RangeReader } from '../columns/ranges.ts';
import type { Input } from '../function.ts';
import { ColumnCursor } from './cursor.ts';
import type { Footer, RowGroup } from './footer.ts';

function cursorsOf(
  { columns }: Footer,
  group: RowGroup,
  bytes: Uint8Array,
  cell: WriteCell,
): readonly ColumnCursor[] {
  return columns.flatMap((column, i) => {
    const chunk = group.chunks[i];
    if (!chunk) return [];
    const own = bytes.subarray(chunk.start - group.start, chunk.end - group.start);
    return [new ColumnCursor(column, chunk, own, { rows: group.rows, cell })];
  });
}

/** `name`: the slot, for refusals. */
export async function* rowGroups(
  input: Input,
  footer: Footer,
  name: string,
  cell: WriteCell,
): AsyncGenerator<Part, void, void> {
  const ranges = new RangeReader(input);
  try {
    for (const [number, group] of footer.groups.entries()) {
      if (group.rows === 0) continue;
      const place = `${name}, row group ${number + 1}`;
      const bytes = await withinAsync(
        () => place,
        () => ranges.read(group.start, group.end),
      );
      const cells = within(
        () => place,
        () => cursorsOf(footer, group, bytes, cell),
      );
      yield { place, rows: group.rows, cells, fileBytes: group.end };
    }
  } finally {
    await ranges.close();
  }
}
