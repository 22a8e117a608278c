/**
 * What is checked of encoded numbers before the library decodes them: it takes runs, widths and lengths as they are written, so that a
 * few bytes of a stranger's would make it work for hours, or read beside the page.
 */
import { broken } from '../columns/place.ts';

const CONTINUES = 0x80;
/** Beyond it the library's shifts are wrong; a dictionary has fewer entries. */
const MOST_BITS = 24;
/** Of the deltas of one block. */
const MOST_MINIBLOCKS = 1024;
const MOST_BLOCK = 1 << 20;

/** Reads numbers of seven bits a byte. */
class Numbers {
  readonly #bytes: Uint8Array;
  at: number;

  constructor(bytes: Uint8Array, at: number) {
    this.#bytes = bytes;
    this.at = at;
  }

  byte(): number {
    return this.#bytes[this.at++] ?? broken('a page ends too early');
  }

  /** An unsigned number below 2^32. */
  number(): number {
    let value = 0;
    for (let i = 0; i < 5; i++) {
      const byte = this.byte();
      value += (byte & 127) * 2 ** (7 * i);
      if (byte < CONTINUES) return value < 2 ** 32 ? value : broken('a page has a number that is too long');
    }
    return broken('a page has a number that is too long');
  }

  /** Passes over one of at most 64 bits. */
  pass(): void {
    for (let i = 0; i < 10; i++) if (this.byte() < CONTINUES) return;
    broken('a page has a number that is too long');
  }

  /** The lowest 32 bits of a number that says its sign in its lowest bit, and may have 64. */
  zigzag32(): number {
    const from = this.at;
    this.pass();
    let value = 0;
    // 35 bits are exact, and enough.
    for (let i = 0; i < Math.min(5, this.at - from); i++)
      value += ((this.#bytes[from + i] ?? 0) & 127) * 2 ** (7 * i);
    const half = Math.floor(value / 2) | 0;
    return value % 2 === 1 ? ~half : half;
  }

  skip(bytes: number): void {
    this.at += bytes;
    if (this.at > this.#bytes.length) broken('a page ends too early');
  }
}

/** Checks that runs (RLE and bit packed) of `width` bits begin at `at` of the bytes and have `count` values, which end in them. */
export function checkRuns(bytes: Uint8Array, at: number, width: number, count: number): void {
  if (width > MOST_BITS) broken(`a page has numbers of ${width} bits where ${MOST_BITS} are read at most`);
  const numbers = new Numbers(bytes, at);
  let seen = 0;
  while (seen < count) {
    const header = numbers.number();
    const length = Math.floor(header / 2);
    if (header % 2 === 1) {
      // Groups of eight; the last one is filled up.
      seen += 8 * length;
      numbers.skip(width * length);
    } else {
      seen += length;
      numbers.skip(Math.ceil(width / 8));
      if (seen > count) broken('a page has more values than it says');
    }
  }
}

/** Checks `count` numbers in `DELTA_BINARY_PACKED`; returns the position after them, and the first one's lowest 32 bits. */
export function checkDeltas(
  bytes: Uint8Array,
  at: number,
  count: number,
): { readonly end: number; readonly first: number } {
  const numbers = new Numbers(bytes, at);
  const block = numbers.number();
  const miniblocks = numbers.number();
  const total = numbers.number();
  const first = numbers.zigzag32();
  if (total !== count) broken(`a page has ${total} values where it says ${count}`);
  const values = block / miniblocks;
  if (miniblocks > MOST_MINIBLOCKS || block > MOST_BLOCK || !(values > 0 && Number.isInteger(values / 32))) {
    broken(`a page has blocks of ${block} deltas in ${miniblocks} parts`);
  }
  let left = count - 1;
  while (left > 0) {
    numbers.pass();
    const widths = Array.from({ length: miniblocks }, () => numbers.byte());
    for (const width of widths) {
      if (left <= 0) break;
      if (width > 64) broken(`a page has deltas of ${width} bits`);
      numbers.skip((values * width) / 8);
      left -= values;
    }
  }
  return { end: numbers.at, first };
}
