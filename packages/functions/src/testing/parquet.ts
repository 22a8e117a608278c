/** Parquet files for tests, and what is read of them. */
import { brotliCompressSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { type FileMetaData, parquetMetadata } from 'hyparquet';
import { ByteWriter, type ColumnSource, parquetWriteBuffer } from 'hyparquet-writer';
// oxlint-disable-next-line no-restricted-imports -- among the package's exports
import { writeMetadata } from 'hyparquet-writer/src/metadata.js';
import { openParquet } from '../parquet/open.ts';

const compressors = {
  GZIP: (bytes: Uint8Array) => new Uint8Array(gzipSync(bytes)),
  BROTLI: (bytes: Uint8Array) => new Uint8Array(brotliCompressSync(bytes)),
  ZSTD: (bytes: Uint8Array) => new Uint8Array(zstdCompressSync(bytes)),
};

type Options = Omit<Parameters<typeof parquetWriteBuffer>[0], 'columnData'>;

/** A file of these columns. */
export const parquetOf = (columnData: ColumnSource[], options: Options = {}): Uint8Array =>
  new Uint8Array(parquetWriteBuffer({ compressors, columnData, ...options }));

/** The file with other metadata: what `change` makes of them. */
export function withMetadata(bytes: Uint8Array, change: (metadata: FileMetaData) => void): Uint8Array {
  const metadata = parquetMetadata(bytes);
  const end = bytes.length - 8 - metadata.metadata_length;
  // They are written by the types of the schema, which may be other ones then.
  for (const { columns } of metadata.row_groups)
    for (const { meta_data } of columns) delete meta_data?.statistics;
  change(metadata);
  const writer = new ByteWriter();
  writer.appendBytes(bytes.subarray(0, end));
  writeMetadata(writer, metadata);
  writer.appendUint32(0x31524150);
  return writer.getBytes().slice();
}

/** The table as the functions get it: CSV text. `input_data0` in refusals. Without `keep` it is read and forgotten. */
export async function readParquet(
  bytes: Uint8Array,
  { cut = 1 << 16, keep = true }: { readonly cut?: number; readonly keep?: boolean } = {},
): Promise<string> {
  const input = {
    size: bytes.length,
    *chunks() {
      for (let at = 0; at < bytes.length; at += cut) yield Uint8Array.from(bytes.subarray(at, at + cut));
    },
  };
  const { table } = await openParquet(input, {
    name: 'input_data0',
    delimiter: ',',
    list: false,
    column: undefined,
  });
  let text = '';
  if (table) for await (const chunk of table.chunks()) if (keep) text += Buffer.from(chunk).toString();
  return text;
}
