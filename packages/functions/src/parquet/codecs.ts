/** How pages are compressed. Each decompressor is told how much comes out, takes no more memory than that, and gives exactly that much. */
import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from 'node:zlib';
import { decompressLz4 } from '../columns/lz4.ts';
import { allocate, broken } from '../columns/place.ts';
import { snappyUncompress } from './library.ts';

export interface Codec {
  readonly name: string;
  readonly isRead: boolean;
  /** `length` bytes in memory of their own, out of bytes that are not kept. @throws `Error` of any kind for what is no such data */
  readonly decompress: (bytes: Uint8Array, length: number) => Uint8Array<ArrayBuffer>;
}

/** In memory of their own: what reads them by their buffer must not see what lies beside them. */
function copied(bytes: Uint8Array, length: number): Uint8Array<ArrayBuffer> {
  if (bytes.length !== length) broken(`a page has ${bytes.length} bytes where it says ${length}`);
  const copy = allocate(length);
  copy.set(bytes);
  return copy;
}

/** The library does not look at the length in the data. */
function snappy(bytes: Uint8Array, length: number): Uint8Array<ArrayBuffer> {
  const output = allocate(length);
  snappyUncompress(bytes, output);
  return output;
}

function lz4(bytes: Uint8Array, length: number): Uint8Array<ArrayBuffer> {
  const output = allocate(length);
  decompressLz4(bytes, output);
  return output;
}

const bounded = (length: number) => ({ maxOutputLength: Math.max(1, length) });

const read = (name: string, decompress: Codec['decompress']): Codec => ({ name, isRead: true, decompress });
const refused = (name: string): Codec => ({
  name,
  isRead: false,
  decompress: () => broken(`it is compressed with ${name}`),
});

/** By their numbers in the format. */
export const CODECS: readonly Codec[] = [
  read('no codec', copied),
  read('SNAPPY', snappy),
  read('GZIP', (bytes, length) => copied(gunzipSync(bytes, bounded(length)), length)),
  refused('LZO'),
  read('BROTLI', (bytes, length) => copied(brotliDecompressSync(bytes, bounded(length)), length)),
  // Files say it of two forms.
  refused('the LZ4 that is no LZ4_RAW'),
  read('ZSTD', (bytes, length) => copied(zstdDecompressSync(bytes, bounded(length)), length)),
  read('LZ4_RAW', lz4),
];
