/** The end of a file that comes as a stream: there its metadata are. */
import type { Input } from '../function.ts';
import { allocate } from './place.ts';

/** The two ends of a file. */
export interface Tail {
  /** Bytes of the whole file. */
  readonly size: number;
  /** The first eight bytes. */
  readonly head: Uint8Array;
  /** The last bytes, in memory of their own. */
  readonly bytes: Uint8Array;
}

const HEAD = 8;

/** Reads the input, and keeps its first bytes and `most` of its last ones, or some more; only the first ones where `isWanted` does not want them. */
export async function readTail(
  input: Input,
  most: number,
  isWanted: (head: Uint8Array) => boolean,
): Promise<Tail> {
  const { size: known } = input;
  let head: Uint8Array = new Uint8Array(0);
  const parts: Uint8Array[] = [];
  let size = 0;
  let kept = 0;
  for await (const chunk of input.chunks()) {
    if (head.length < HEAD) head = Buffer.concat([head, chunk.subarray(0, HEAD - head.length)]);
    size += chunk.length;
    if (head.length >= HEAD && !isWanted(head)) break;
    if (known !== undefined && size + most < known) continue;
    parts.push(chunk.slice());
    kept += chunk.length;
    for (let first = parts[0]; first && kept - first.length >= most; first = parts[0]) {
      kept -= first.length;
      parts.shift();
    }
  }
  // In memory of its own: numbers are looked at by their places in it.
  const bytes = allocate(kept);
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return { size, head, bytes };
}
