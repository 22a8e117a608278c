/** Frames of LZ4, as https://github.com/lz4/lz4/blob/dev/doc/lz4_Frame_format.md has them: one frame, whose length is known beforehand. */
import { decompressLz4Block } from '../columns/lz4.ts';
import { broken } from '../columns/place.ts';
import { xxh32 } from './xxh32.ts';

const MARK = 0x184d2204;
/** Of a block that is not compressed. */
const RAW = 0x80000000;
const VERSION = 1;

interface Header {
  /** Whether a block may point into those before it. */
  readonly linked: boolean;
  readonly blockSums: boolean;
  readonly contentSum: boolean;
  readonly mostBlock: number;
}

class Frame {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get isOver(): boolean {
    return this.#at === this.#bytes.length;
  }

  take(length: number): Uint8Array {
    if (length > this.#bytes.length - this.#at) broken('its LZ4 data end too early');
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }

  word(): number {
    this.take(4);
    return this.#view.getUint32(this.#at - 4, true);
  }

  long(): bigint {
    this.take(8);
    return this.#view.getBigUint64(this.#at - 8, true);
  }

  check(bytes: Uint8Array): void {
    if (this.word() !== xxh32(bytes)) broken('its LZ4 data have another checksum than they say');
  }

  /** `wanted`: bytes that come out. */
  header(wanted: number): Header {
    if (this.word() !== MARK) broken('it has bytes in the place of LZ4 data');
    const [flags = 0, block = 0] = this.take(2);
    const has = (bit: number): boolean => ((flags >> bit) & 1) === 1;
    const size = (block >> 4) & 7;
    if (flags >> 6 !== VERSION || has(1) || size < 4 || (block & 0x8f) !== 0)
      broken('its LZ4 data have a header that is not known');
    if (has(0)) broken('its LZ4 data want a dictionary');
    const start = this.#at - 2;
    if (has(3) && this.long() !== BigInt(wanted)) broken('its LZ4 data have another length than they say');
    const sum = (xxh32(this.#bytes.subarray(start, this.#at)) >> 8) & 255;
    if (this.take(1)[0] !== sum) broken('its LZ4 data have another checksum than they say');
    return { linked: !has(5), blockSums: has(4), contentSum: has(2), mostBlock: 1 << (8 + 2 * size) };
  }
}

/** Fills `output`, exactly. @throws FunctionError without the place */
export function decompressLz4Frame(input: Uint8Array, output: Uint8Array): void {
  const frame = new Frame(input);
  const { linked, blockSums, contentSum, mostBlock } = frame.header(output.length);
  let to = 0;
  for (let size = frame.word(); size !== 0; size = frame.word()) {
    const isRaw = size >= RAW;
    const bytes = frame.take(isRaw ? size - RAW : size);
    if (blockSums) frame.check(bytes);
    const room = output.subarray(0, Math.min(output.length, to + mostBlock));
    if (!isRaw) {
      to = decompressLz4Block(bytes, room, { at: to, from: linked ? 0 : to });
      continue;
    }
    if (bytes.length > room.length - to) broken('its LZ4 data are longer than they say');
    output.set(bytes, to);
    to += bytes.length;
  }
  if (to !== output.length) broken('its LZ4 data are shorter than they say');
  if (contentSum) frame.check(output);
  if (!frame.isOver) broken('its LZ4 data go on after their end');
}
