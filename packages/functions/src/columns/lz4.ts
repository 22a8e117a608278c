/** Blocks of LZ4, as https://github.com/lz4/lz4/blob/dev/doc/lz4_Block_format.md has them. */
import { broken } from './place.ts';

const LEAST_MATCH = 4;
/** A length of four bits with all of them set goes on in the bytes that follow. */
const GOES_ON = 15;
const FULL = 255;

class Block {
  readonly #input: Uint8Array;
  #at = 0;

  constructor(input: Uint8Array) {
    this.#input = input;
  }

  get isOver(): boolean {
    return this.#at >= this.#input.length;
  }

  byte(): number {
    return this.#input[this.#at++] ?? broken('its LZ4 data end too early');
  }

  length(bits: number): number {
    let length = bits;
    if (bits < GOES_ON) return length;
    for (;;) {
      const byte = this.byte();
      length += byte;
      if (byte < FULL) return length;
    }
  }

  bytes(length: number): Uint8Array {
    if (length > this.#input.length - this.#at) broken('its LZ4 data end too early');
    const bytes = this.#input.subarray(this.#at, this.#at + length);
    this.#at += length;
    return bytes;
  }
}

/**
 * Writes a block into `output` from `at` on, and returns where it ends. It may point back as far as `from`.
 *
 * @throws FunctionError without the place
 */
export function decompressLz4Block(
  input: Uint8Array,
  output: Uint8Array,
  { at, from }: { readonly at: number; readonly from: number },
): number {
  const block = new Block(input);
  let to = at;
  while (!block.isOver) {
    const token = block.byte();
    const literals = block.bytes(block.length(token >> 4));
    if (literals.length > output.length - to) broken('its LZ4 data are longer than they say');
    output.set(literals, to);
    to += literals.length;
    // The last sequence has no match.
    if (block.isOver) break;
    const offset = block.byte() | (block.byte() << 8);
    const length = block.length(token & 15) + LEAST_MATCH;
    if (offset === 0 || offset > to - from) broken('its LZ4 data point before their beginning');
    if (length > output.length - to) broken('its LZ4 data are longer than they say');
    for (const end = to + length; to < end; to++) output[to] = output[to - offset] ?? 0;
  }
  return to;
}

/** Fills `output`, exactly. @throws FunctionError without the place */
export function decompressLz4(input: Uint8Array, output: Uint8Array): void {
  const end = decompressLz4Block(input, output, { at: 0, from: 0 });
  if (end !== output.length) broken('its LZ4 data are shorter than they say');
}
