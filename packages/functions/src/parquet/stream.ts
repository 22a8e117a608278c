/** The parts of a file that comes as a stream: its end, and then ranges in order. */
import type { Input } from '../function.ts';
import { limits } from '../limits.ts';
import { beginsAsParquet, type Tail } from './footer.ts';
import { allocate, broken } from './place.ts';

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

/** Gives ranges of the input, each of which begins where the one before it ends, or later. */
export class RangeReader {
  readonly #chunks: AsyncIterator<Uint8Array> | Iterator<Uint8Array>;
  /** What was read and is not passed over yet; it begins at `#at` of the input. */
  #chunk: Uint8Array = new Uint8Array(0);
  #at = 0;

  constructor(input: Input) {
    const chunks = input.chunks();
    this.#chunks =
      Symbol.asyncIterator in chunks ? chunks[Symbol.asyncIterator]() : chunks[Symbol.iterator]();
  }

  /** The bytes from `start` to `end`, in memory of their own. */
  async read(start: number, end: number): Promise<Uint8Array> {
    const bytes = allocate(end - start);
    let filled = 0;
    for (let at = start; at < end; ) {
      if (at < this.#at) broken('its parts are not in order');
      const from = at - this.#at;
      if (from >= this.#chunk.length) {
        await this.#advance();
        continue;
      }
      const part = this.#chunk.subarray(from, from + end - at);
      bytes.set(part, filled);
      filled += part.length;
      at += part.length;
    }
    return bytes;
  }

  async #advance(): Promise<void> {
    this.#at += this.#chunk.length;
    const next = await this.#chunks.next();
    this.#chunk = next.done ? broken('the file ends too early') : next.value;
  }

  /** To be called when nothing more is read. */
  async close(): Promise<void> {
    await this.#chunks.return?.();
  }
}
