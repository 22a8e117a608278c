/** What a party's file is when it is looked at first: all that is decided about it is decided about these bytes. */
import { createHash } from 'node:crypto';
import { readChunks } from '@gaiwan/files/node';
import { limits } from './limits.ts';

export interface InputFile {
  /** Absolute. */
  readonly path: string;
  /** Of all of it, hex. */
  readonly sha256: string;
  /** Its beginning, as far as a line of columns may reach. */
  readonly head: Uint8Array;
}

/** Rejects with `FilesError` (io). */
export async function lookAtFile(path: string): Promise<InputFile> {
  const hash = createHash('sha256');
  const pieces: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of readChunks(path)) {
    hash.update(chunk);
    const wanted = limits.header.value - length;
    if (wanted <= 0) continue;
    // A copy: the reader may use its buffer again.
    const piece = Uint8Array.from(chunk.subarray(0, wanted));
    pieces.push(piece);
    length += piece.length;
  }
  return { path, sha256: hash.digest('hex'), head: Buffer.concat(pieces) };
}
