/** Bytes that would keep the library busy for hours, or make it take gigabytes. */
import { describe, expect, it } from 'vitest';
import { decompressLz4 } from '../columns/lz4.ts';
import { checkDeltas, checkRuns } from './guards.ts';
import { readStruct } from './thrift.ts';
import { readRuns, readValues } from './values.ts';

const bytes = (...values: readonly number[]): Uint8Array<ArrayBuffer> => Uint8Array.from(values);
/** A number of seven bits a byte that does not end. */
const ENDLESS = Array.from({ length: 100_000 }, () => 0xff);
/** 2^31 - 2, seven bits a byte. */
const HUGE = [0xfe, 0xff, 0xff, 0xff, 0x07];
const text = {
  name: 'a',
  type: 'BYTE_ARRAY',
  length: 0,
  optional: false,
  meaning: { kind: 'text' },
} as const;
const small = { ...text, type: 'INT32', meaning: { kind: 'integer', bits: 32, signed: true } } as const;
const big = { ...text, type: 'INT64', meaning: { kind: 'integer', bits: 64, signed: true } } as const;

describe('runs', () => {
  it('of what they say are taken', () => {
    expect([...readRuns(bytes(6, 1, 3, 0b10), 0, 1, new Uint8Array(11))]).toEqual([
      1, 1, 1, 0, 1, 0, 0, 0, 0, 0, 0,
    ]);
    expect([...readRuns(bytes(), 0, 0, new Uint32Array(2))]).toEqual([0, 0]);
  });
  it.each<[string, Uint8Array, number, number]>([
    ['longer than the page', bytes(...HUGE, 1), 1, 10],
    ['packed beyond the end', bytes(0xff, 0x01, 7), 3, 10],
    ['with a length that does not end', bytes(...ENDLESS), 1, 10],
    ['fewer than the page', bytes(2, 1), 1, 2],
    ['of too many bits', bytes(2, 1, 1, 1, 1), 25, 1],
    ['of no values', bytes(...Array.from({ length: 64 }, () => 0)), 1, 1],
  ])('%s are refused', (_what, given, width, count) => {
    expect(() => checkRuns(given, 0, width, count)).toThrow(/^a page /);
  });
});

describe('deltas', () => {
  // Blocks of 128 in 4 parts; 3 values: 1, 2, 3.
  const header = [0x80, 0x01, 4, 3, 2];
  it('of what they say are taken', () => {
    const page = bytes(...header, 2, 0, 0, 0, 0);
    expect(checkDeltas(page, 0, 3)).toEqual({ end: page.length, first: 1 });
    expect(Array.from(readValues(page, small, 'DELTA_BINARY_PACKED', 3))).toEqual([1, 2, 3]);
    expect(Array.from(readValues(page, big, 'DELTA_BINARY_PACKED', 3))).toEqual([1n, 2n, 3n]);
  });
  it('of numbers without a sign, as DuckDB writes them, keep their highest bit', () => {
    // 2^32 - 2 is 2^33 - 4 with its sign: 33 bits.
    const page = bytes(0x80, 0x01, 4, 2, 0xfc, 0xff, 0xff, 0xff, 0x1f, 2, 0, 0, 0, 0);
    expect(Array.from(readValues(page, small, 'DELTA_BINARY_PACKED', 2))).toEqual([-2, -1]);
  });
  it.each<[string, readonly number[]]>([
    ['of a number that does not end', [0x80, 0x01, 4, 3, ...ENDLESS]],
    ['of a delta that does not end', [...header, ...ENDLESS]],
    ['of another count', [0x80, 0x01, 4, 9, 2, 2, 0, 0, 0, 0]],
    ['in a billion parts', [0x80, 0x01, ...HUGE, 3, 2]],
    ['in no parts', [0x80, 0x01, 0, 3, 2]],
    ['in empty parts', [0, 4, 3, 2, 2, 0, 0, 0, 0]],
    ['of 65 bits', [...header, 2, 65, 0, 0, 0]],
    ['that end too early', [...header, 2, 8, 0, 0, 0, 1]],
  ])('%s are refused', (_what, given) => {
    expect(() => checkDeltas(bytes(...given), 0, 3)).toThrow(/^a page /);
  });
});

describe('texts', () => {
  it('that repeat the one before them without end are refused', () => {
    // A text of 16 MiB, and 40 that begin with all of it: 0, n, n, ... and n, 0, 0, ... in deltas.
    const n = 1 << 24;
    const varint = (value: number): number[] =>
      value < 128 ? [value] : [(value % 128) + 128, ...varint(Math.floor(value / 128))];
    const count = 41;
    const zigzag = (value: number) => (value < 0 ? -2 * value - 1 : 2 * value);
    // One delta of 25 bits, then zeros.
    /** 32 numbers of 25 bits. */
    const pack = (numbers: readonly number[]): number[] => {
      const packed = Array.from({ length: 100 }, () => 0);
      for (const [i, value] of numbers.entries()) {
        for (let bit = 0; bit < 25; bit++) {
          const at = 25 * i + bit;
          if ((value >> bit) % 2 !== 0) packed[at >> 3] = (packed[at >> 3] ?? 0) | (1 << (at & 7));
        }
      }
      return packed;
    };
    /** A first number, one that is `delta` more, and then the same again and again. */
    const deltas = (first: number, delta: number) => {
      const least = Math.min(0, delta);
      const same = Array.from({ length: 31 }, () => -least);
      const head = [64, 2, count, zigzag(first), zigzag(least)].flatMap(varint);
      return [...head, 25, 25, ...pack([delta - least, ...same]), ...pack([-least, ...same])];
    };
    const page = Buffer.concat([bytes(...deltas(0, n)), bytes(...deltas(n, -n)), new Uint8Array(n)]);
    const own = Uint8Array.from(page);
    expect(() => readValues(own, text, 'DELTA_BYTE_ARRAY', count)).toThrow('a page has texts of more than');
  });
  it('outside of the page are refused', () => {
    const page = bytes(0x80, 0x01, 4, 1, 20, 65);
    expect(() => readValues(page, text, 'DELTA_LENGTH_BYTE_ARRAY', 1)).toThrow(
      'a page has a text that lies outside of it',
    );
    const negative = bytes(0x80, 0x01, 4, 1, 1);
    expect(() => readValues(negative, text, 'DELTA_LENGTH_BYTE_ARRAY', 1)).toThrow('lies outside');
    expect(() => readValues(bytes(1, 0, 0, 0), text, 'PLAIN', 1000)).toThrow('fewer values than it says');
  });
});

describe('metadata', () => {
  it.each<[string, readonly number[], string]>([
    ['with a number that does not end', [0x16, ...ENDLESS], 'a number that is too long'],
    ['nested without end', Array.from({ length: 1000 }, () => 0x1c), 'nested too deeply'],
    ['with a list of two billions', [0x19, 0xf5, ...HUGE], 'end inside a list'],
    ['with a name beyond the end', [0x18, 50, 65], 'end inside a value'],
    ['that do not end', [0x15, 2], 'end inside a struct'],
    ['with a map', [0x1b, 0], 'a type that Parquet does not use'],
  ])('%s are refused', (_what, given, message) => {
    expect(() => readStruct(bytes(...given), 0)).toThrow(message);
  });
});

describe('LZ4', () => {
  it('of a match beyond the end, of lengths that do not end and of an offset before the beginning is refused', () => {
    const output = new Uint8Array(64);
    const long = bytes(0x1f, 65, 1, 0, ...ENDLESS, 0);
    expect(() => decompressLz4(long, output)).toThrow('longer than they say');
    expect(() => decompressLz4(bytes(0xff, ...ENDLESS), output)).toThrow('end too early');
    expect(() => decompressLz4(bytes(0x10, 65, 9, 0), output)).toThrow('before their beginning');
    expect(() => decompressLz4(bytes(0x10, 65), output)).toThrow('shorter than they say');
    const right = new Uint8Array(6);
    decompressLz4(bytes(0x11, 65, 1, 0, 0), right);
    expect([...right]).toEqual([65, 65, 65, 65, 65, 65]);
  });
});
