/** Arrow IPC files for tests, and what is read of them. */
import { arrowKind, openArrow } from '../arrow/open.ts';
import { ArrowPartWriter } from '../arrow/write.ts';
import { RowCollector, type WrittenColumn } from '../columns/rows.ts';

/** Rows of texts as a file of these columns: a record batch for each list of rows. */
export async function arrowOf(
  columns: readonly WrittenColumn[],
  ...batches: readonly (readonly (readonly string[])[])[]
): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  const output = { write: (chunk: Uint8Array) => void parts.push(chunk), close: () => undefined };
  const collector = new RowCollector('file', columns, new ArrowPartWriter(columns, output));
  for (const rows of batches) {
    for (const row of rows) collector.add(row);
    await collector.flush();
  }
  await collector.close();
  return Buffer.concat(parts);
}

/** The table as the functions get it: CSV text. `input_data0` in refusals. Without `keep` it is read and forgotten. */
export async function readArrow(
  bytes: Uint8Array,
  { cut = 1 << 16, keep = true }: { readonly cut?: number; readonly keep?: boolean } = {},
): Promise<string> {
  const input = {
    size: bytes.length,
    *chunks() {
      for (let at = 0; at < bytes.length; at += cut) yield Uint8Array.from(bytes.subarray(at, at + cut));
    },
  };
  const kind = arrowKind(bytes);
  if (!kind) return '';
  const { table } = await openArrow(input, kind, {
    name: 'input_data0',
    delimiter: ',',
    list: false,
    column: undefined,
  });
  let text = '';
  for await (const chunk of table.chunks()) if (keep) text += Buffer.from(chunk).toString();
  return text;
}
