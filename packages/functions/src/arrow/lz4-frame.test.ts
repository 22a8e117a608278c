import { describe, expect, it } from 'vitest';
import { decompressLz4Frame } from './lz4-frame.ts';
import { xxh32 } from './xxh32.ts';

const word = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value >>> 0);
  return bytes;
};

/** The header of a frame whose flags are these: bit 5 blocks apart, 4 their checksums, 3 the length, 2 the checksum of all. */
function header(flags: number, length = 0, block = 0x40): Buffer {
  const size = Buffer.alloc(flags & 8 ? 8 : 0);
  if (size.length > 0) size.writeBigUInt64LE(BigInt(length));
  const described = Buffer.concat([Buffer.from([0x40 | flags, block]), size]);
  return Buffer.concat([word(0x184d2204), described, Buffer.from([(xxh32(described) >> 8) & 255])]);
}

const raw = (text: string) => Buffer.concat([word(0x80000000 + text.length), Buffer.from(text)]);
const packed = (...bytes: number[]) => Buffer.concat([word(bytes.length), Buffer.from(bytes)]);
const END = word(0);
/** Four letters, and a match of eight bytes, four before. */
const REPEATED = [0x44, 97, 98, 99, 100, 4, 0, 0x10, 33];
/** A match of six bytes, four before it: into what came before the block. */
const BEFORE = [0x02, 4, 0, 0x10, 33];

function decompress(frame: Uint8Array, length: number): string {
  const output = new Uint8Array(length);
  decompressLz4Frame(frame, output);
  return Buffer.from(output).toString();
}

describe('a frame of LZ4', () => {
  it('has the checksum that its specification says', () => {
    expect(
      ['', 'a', 'abc', 'Nobody inspects the spammish repetition'].map((text) => xxh32(Buffer.from(text))),
    ).toEqual([0x02cc5d05, 0x550d7456, 0x32d153ff, 0xe2293b2f]);
  });

  it('is read with blocks that are compressed, raw, apart, and linked', () => {
    expect(decompress(Buffer.concat([header(0x20), packed(...REPEATED), raw('xyz'), END]), 16)).toBe(
      'abcdabcdabcd!xyz',
    );
    expect(decompress(Buffer.concat([header(0), raw('abcd'), packed(...BEFORE), END]), 11)).toBe(
      'abcdabcdab!',
    );
    const all = Buffer.from('abcd');
    expect(
      decompress(Buffer.concat([header(0x3c, 4), raw('abcd'), word(xxh32(all)), END, word(xxh32(all))]), 4),
    ).toBe('abcd');
  });

  it.each<[string, Buffer, number, string]>([
    ['another mark', Buffer.from('no frame of LZ4'), 4, 'it has bytes in the place of LZ4 data'],
    [
      'another version',
      Buffer.concat([word(0x184d2204), Buffer.from([0x80, 0x40, 0])]),
      0,
      'a header that is not known',
    ],
    ['a dictionary', header(0x21), 0, 'want a dictionary'],
    [
      'another length in its header',
      Buffer.concat([header(0x28, 5), raw('abcd'), END]),
      4,
      'another length than they say',
    ],
    [
      'a broken header',
      Buffer.concat([header(0x20).subarray(0, 6), Buffer.from([0]), END]),
      0,
      'another checksum',
    ],
    ['a broken block', Buffer.concat([header(0x30), raw('abcd'), word(1), END]), 4, 'another checksum'],
    ['broken content', Buffer.concat([header(0x24), raw('abcd'), END, word(1)]), 4, 'another checksum'],
    [
      'a match before its block',
      Buffer.concat([header(0x20), raw('abcd'), packed(...BEFORE), END]),
      11,
      'point before',
    ],
    ['more than it says', Buffer.concat([header(0x20), raw('abcde'), END]), 4, 'longer than they say'],
    ['less than it says', Buffer.concat([header(0x20), raw('abc'), END]), 4, 'shorter than they say'],
    ['no end', Buffer.concat([header(0x20), raw('abcd')]), 4, 'end too early'],
    ['more behind its end', Buffer.concat([header(0x20), raw('abcd'), END, END]), 4, 'go on after their end'],
    [
      'a block that is cut off',
      Buffer.concat([header(0x20), word(9), Buffer.from('ab')]),
      4,
      'end too early',
    ],
  ])('with %s is refused', (_what, frame, length, message) => {
    expect(() => decompress(frame, length)).toThrow(message);
  });
});
