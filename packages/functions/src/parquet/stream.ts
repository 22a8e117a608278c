/** The end of a file that comes as a stream. */
import type { Input } from '../function.ts';
import { limits } from '../limits.ts';
import { beginsAsParquet, type Tail } from './footer.ts';
import { allocate } from '../columns/place.ts';

/** Bytes of the end that are looked at. */
const MOST_TAIL = limits.parquetFooter.value + 8;
const HEAD = 8;

/** Reads the input, and keeps its first and its last bytes; of one that does not begin as Parquet the first ones alone. */
export async function readTail(input: Input): Promise<Tail> {
  const { size: known } = input;
  let head: Uint8Array = new Uint8Array(0);
  const parts: Uint8Array[] = [];
  let size = 0;
  let kept = 0;
  for await (const chunk of input.chunks()) {
    if (head.length < HEAD) head = Buffer.concat([head, chunk.subarray(0, HEAD - head.length)]);
    size += chunk.length;
    if (head.length >= HEAD && !beginsAsParquet(head)) break;
    if (known !== undefined && size + MOST_TAIL < known) continue;
    parts.push(chunk.slice());
    kept += chunk.length;
    while (kept - (parts[0]?.length ?? 0) >= MOST_TAIL) kept -= parts.shift()?.length ?? 0;
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
