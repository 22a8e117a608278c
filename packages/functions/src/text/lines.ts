/** A stream as blocks of whole lines, without copying more than the lines that chunks cut in two. */
import type { Input } from '../function.ts';
import { limits } from '../limits.ts';
import { FunctionError } from '../refusal.ts';

const LF = 10;
const CR = 13;

/** Bytes a line may have: what one party's input can make a worker hold for a line that does not end. */
export const MAX_LINE = limits.line.value;

/** Bytes of a line that has not ended yet; grows by doubling. */
class Carry {
  #bytes = new Uint8Array(1024);
  length = 0;

  append(part: Uint8Array): void {
    const needed = this.length + part.length;
    if (needed > MAX_LINE) throw new FunctionError('too-large', 'A line of an input is longer than 16 MiB.');
    if (needed > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(needed, this.#bytes.length * 2));
      grown.set(this.#bytes.subarray(0, this.length));
      this.#bytes = grown;
    }
    this.#bytes.set(part, this.length);
    this.length = needed;
  }

  take(): Uint8Array {
    const taken = this.#bytes.subarray(0, this.length);
    this.length = 0;
    return taken;
  }
}

/** The first and the last index in a chunk after which it may be cut; -1: none. Called with every chunk once, in order. */
export type Cuts = (chunk: Uint8Array) => { readonly first: number; readonly last: number };

const lineCuts: Cuts = (chunk) => ({ first: chunk.indexOf(LF), last: chunk.lastIndexOf(LF) });

/**
 * Non-empty blocks, in order, that make up the input. Every block ends with LF but the last one, which need not.
 * A block is valid until the next one is asked for. Memory: a chunk and the longest line.
 * Throws `FunctionError` for a line that is cut by chunks and longer than `MAX_LINE`. With `cuts`, blocks end where
 * it says rather than at line feeds.
 */
export async function* lineBlocks(
  input: Input,
  cuts: Cuts = lineCuts,
): AsyncGenerator<Uint8Array, void, void> {
  const carry = new Carry();
  for await (const given of input.chunks()) {
    // Always a plain Uint8Array, never a Buffer: the loops over it are compiled for one kind of object.
    const chunk = new Uint8Array(given.buffer, given.byteOffset, given.byteLength);
    const { first, last } = cuts(chunk);
    if (last < 0) {
      carry.append(chunk);
      continue;
    }
    let start = 0;
    if (carry.length > 0) {
      start = first + 1;
      carry.append(chunk.subarray(0, start));
      yield carry.take();
    }
    if (start <= last) yield chunk.subarray(start, last + 1);
    if (last + 1 < chunk.length) carry.append(chunk.subarray(last + 1));
  }
  if (carry.length > 0) yield carry.take();
}

/** Where the text of the line ends whose line feed (or the block's end) is at `at`: before the CR of a CRLF. */
export function lineEnd(block: Uint8Array, start: number, at: number): number {
  return at < block.length && at > start && block[at - 1] === CR ? at - 1 : at;
}

/** The index of the first byte from `at` on that is below `bound` (at most 128), or the length; four bytes at a time. */
export function findBelow(block: Uint8Array, view: DataView, at: number, bound: number): number {
  const { length } = block;
  const bounds = Math.imul(bound, 0x01010101);
  // The highest bit of a byte stays where it was below the bound (Anderson, "Bit Twiddling Hacks": hasless).
  for (; at + 4 <= length; at += 4) {
    const word = view.getInt32(at, true);
    if (((word - bounds) & ~word & 0x80808080) !== 0) break;
  }
  while (at < length && view.getUint8(at) >= bound) at++;
  return at;
}
