/** Parquet files for tests, and what is read of them. */
import { brotliCompressSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { type ColumnSource, parquetWriteBuffer } from 'hyparquet-writer';
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

/** The table as the functions get it: CSV text. `input_data0` in refusals. */
export async function readParquet(bytes: Uint8Array, cut = 1 << 16): Promise<string> {
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
  if (table) for await (const chunk of table.chunks()) text += Buffer.from(chunk).toString();
  return text;
}
