/** How buffers are compressed: each by itself, behind its length. */
import { zstdDecompressSync } from 'node:zlib';
import { allocate, broken } from '../columns/place.ts';
import { decompressLz4Frame } from './lz4-frame.ts';

/** `length` bytes out of these. @throws `Error` of any kind for what is no such data */
export type Decompress = (bytes: Uint8Array, length: number) => Uint8Array;

/** No byte of LZ4 stands for more. */
const LZ4_RATIO = 255;

function lz4(bytes: Uint8Array, length: number): Uint8Array {
  if (length > LZ4_RATIO * bytes.length) broken('a buffer has a length that its data cannot have');
  const output = allocate(length);
  decompressLz4Frame(bytes, output);
  return output;
}

function zstd(bytes: Uint8Array, length: number): Uint8Array {
  const output = zstdDecompressSync(bytes, { maxOutputLength: Math.max(1, length) });
  return output.length === length
    ? output
    : broken(`a buffer has ${output.length} bytes where it says ${length}`);
}

/** By their numbers in the format. */
const CODECS: readonly Decompress[] = [lz4, zstd];

export const codecOf = (number: number): Decompress =>
  CODECS[number] ??
  broken(
    `it is compressed with codec ${number}, which is not known here. Write it with ZSTD or LZ4, or uncompressed`,
  );
