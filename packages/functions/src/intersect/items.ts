import type { Input } from '../function.ts';
import { decodeHex } from '../keyed/hex.ts';
import type { ByteSink } from '../keyed/sink.ts';
import { FunctionError } from '../refusal.ts';
import { lineBlocks, lineEnd } from '../text/lines.ts';
import { openText } from '../text/open-text.ts';

const LF = 10;

/** A decoded item in a buffer that is used again: `bytes[0..at)`. */
class Item implements ByteSink {
  bytes = new Uint8Array(64);
  at = 0;
}

/** Lexicographic order of bytes: negative, 0 or positive. */
export function compareItems(a: Item, b: Item): number {
  const length = Math.min(a.at, b.at);
  for (let i = 0; i < length; i++) {
    const difference = (a.bytes[i] ?? 0) - (b.bytes[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return a.at - b.at;
}

/** Walks over the items of one input, one hexadecimal line each. Memory: a chunk and two lines. */
export class Items {
  /** The present item. */
  item = new Item();
  #previous = new Item();
  #first = true;
  /** 1: ascending, -1: descending. */
  readonly direction: 1 | -1;
  readonly #blocks: AsyncGenerator<Uint8Array, void, void>;
  #block: Uint8Array = new Uint8Array(0);
  #position = 0;

  constructor(input: Input, name: string, direction: 1 | -1) {
    this.#blocks = lineBlocks(openText(input, { name, contract: 'lines', keepReturns: true }));
    this.direction = direction;
  }

  /** Whether `next` would need the next block first (see `fill`). */
  get needsBlock(): boolean {
    return this.#position >= this.#block.length;
  }

  /** Fetches the next block; false at the end of the input. */
  async fill(): Promise<boolean> {
    const { done, value } = await this.#blocks.next();
    if (done) return false;
    this.#block = value;
    this.#position = 0;
    return true;
  }

  /** Takes the next line of the block. Throws `FunctionError` ("Invalid ordering", or about the digits). */
  next(): void {
    const block = this.#block;
    const start = this.#position;
    let at = start;
    while (at < block.length && block[at] !== LF) at++;
    this.#position = at + 1;
    const end = lineEnd(block, start, at);
    [this.item, this.#previous] = [this.#previous, this.item];
    if (this.item.bytes.length * 2 < end - start) this.item.bytes = new Uint8Array(end - start);
    this.item.at = 0;
    decodeHex(block, start, end, this.item);
    if (!this.#first && compareItems(this.#previous, this.item) * this.direction > 0) {
      throw new FunctionError('invalid-input', 'Invalid ordering');
    }
    this.#first = false;
  }

  /** Stops reading the input. */
  async close(): Promise<void> {
    await this.#blocks.return();
  }
}
