/** Parts of an input that comes as a stream, in order. */
import type { Input } from '../function.ts';
import { allocate, broken } from './place.ts';

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

  /** Whether the input has no byte there. */
  async isOver(at: number): Promise<boolean> {
    while (at - this.#at >= this.#chunk.length) if (!(await this.#hasMore())) return true;
    return false;
  }

  async #advance(): Promise<void> {
    if (!(await this.#hasMore())) broken('the file ends too early');
  }

  async #hasMore(): Promise<boolean> {
    this.#at += this.#chunk.length;
    this.#chunk = new Uint8Array(0);
    const next = await this.#chunks.next();
    if (next.done) return false;
    this.#chunk = next.value;
    return true;
  }

  /** To be called when nothing more is read. */
  async close(): Promise<void> {
    await this.#chunks.return?.();
  }
}
