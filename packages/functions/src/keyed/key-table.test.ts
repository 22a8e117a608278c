import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { copyHashed, hashName, viewOf } from '../kernels/keyed/hash.ts';
import { KeyTable } from '../kernels/keyed/key-table.ts';
import { findBelow } from '../text/lines.ts';
import { KeyBatch } from './key-batch.ts';

function batchOf(keys: readonly string[], hash?: (key: string) => number): KeyBatch {
  const batch = new KeyBatch();
  for (const [i, key] of keys.entries()) {
    const bytes = new Uint8Array(Buffer.from(key));
    batch.add(viewOf(bytes), 0, bytes.length);
    if (hash) batch.hash[i] = hash(key);
  }
  return batch;
}

describe('a table of keys', () => {
  it('tells keys apart that have the same hash, or neighbouring ones', () => {
    const key = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 5 });
    fc.assert(
      fc.property(fc.array(key, { maxLength: 50 }), fc.array(key, { maxLength: 50 }), (known, asked) => {
        const hash = (text: string) => (text.length & 1) | (text.length << 30);
        const table = new KeyTable(2);
        const first = batchOf(known, hash);
        table.intern(first);
        const second = batchOf(asked, hash);
        table.find(second);
        expect(table.count).toBe(new Set(known).size);
        for (const [i, text] of asked.entries()) {
          const place = known.indexOf(text);
          expect(second.record[i]).toBe(place < 0 ? -1 : first.record[place]);
        }
      }),
    );
  });

  it('keeps keys and numbers when it grows', () => {
    const table = new KeyTable(1);
    const names = Array.from({ length: 20_000 }, (_, i) => `key ${i}`);
    for (let at = 0; at < names.length; at += 1000) {
      const batch = batchOf(names.slice(at, at + 1000));
      table.intern(batch);
      for (let i = 0; i < batch.count; i++)
        table.numbers[table.numbersOf(batch.record[i] as number)] = at + i;
    }
    const kept = [...table.recordsAt()].map((record) => {
      const key = new Uint8Array(table.keyLength(record) + 3);
      const end = table.copyKey(record, viewOf(key), 0);
      return [Buffer.from(key.subarray(0, end)).toString(), table.numbers[table.numbersOf(record)]];
    });
    expect(kept).toEqual(names.map((name, i) => [name, i]));
    const last = batchOf(names.slice(-1000));
    table.find(last);
    expect([...last.record.subarray(0, 1000)]).toEqual([...table.recordsAt().subarray(-1000)]);
  });
});

describe('the hash', () => {
  it('depends on the bytes alone, not on where they are or how they are read', () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 20 }),
      fc.uint8Array({ minLength: 1018, maxLength: 1040 }),
    );
    fc.assert(
      fc.property(bytes, fc.nat(5), fc.nat(5), (name, before, after) => {
        const place = Buffer.concat([Buffer.alloc(before, 1), name, Buffer.alloc(after, 2)]);
        const hash = hashName(viewOf(name), 0, name.length);
        expect(hashName(viewOf(place), before, before + name.length)).toBe(hash);
        const copy = new Int32Array(300);
        expect(copyHashed(viewOf(place), before, before + name.length, { words: copy, used: 12 })).toBe(hash);
        const copied = new Uint8Array(copy.buffer, 12);
        expect(Buffer.from(copied.subarray(0, name.length)).equals(name)).toBe(true);
        expect(copied.subarray(name.length).every((byte) => byte === 0)).toBe(true);
      }),
    );
  });

  it('is the same for a line as for its bytes, of every length about the span', () => {
    const filler = (length: number) => new Uint8Array(length).map((_, i) => 32 + ((i * 7 + length) % 90));
    for (let length = 0; length <= 2100; length++) {
      const key = filler(length);
      for (const [before, ending] of [
        [0, '\n'],
        [3, '\r\n'],
        [1, ''],
      ] as const) {
        const block = new Uint8Array(
          Buffer.concat([
            Buffer.alloc(before, 10),
            key,
            Buffer.from(ending),
            Buffer.alloc(5 * ending.length, 'x'),
          ]),
        );
        const batch = new KeyBatch();
        const stop = batch.addLine(block, viewOf(block), before);
        expect(stop).toBe(before + length + Math.max(0, ending.length - 1));
        expect([length, batch.hash[0]]).toEqual([length, hashName(viewOf(key), 0, length)]);
        const [start, end] = [batch.start[0], batch.end[0]];
        expect(Buffer.from(batch.bytes.subarray(start, end)).equals(key)).toBe(true);
        const rest = batch.bytes.subarray(end, batch.used);
        expect(rest.every((byte) => byte === 0)).toBe(true);
      }
    }
  });

  it('tells nearly all of 100,000 similar names apart, of whatever bits they differ in', () => {
    const name = new Uint8Array(12);
    const view = viewOf(name);
    for (const shift of [0, 8, 10, 15]) {
      const seen = new Set<number>();
      for (let i = 0; i < 100_000; i++) {
        view.setUint32(0, (i << shift) >>> 0, true);
        view.setUint32(4, (i >>> (32 - shift)) >>> 0, true);
        view.setUint32(8, Math.floor(i / 2 ** (32 - shift)), true);
        seen.add(hashName(view, 0, 12));
      }
      expect(seen.size).toBeGreaterThan(shift === 0 ? 99_000 : 60_000);
    }
    const zeros = new Set(
      Array.from({ length: 2000 }, (_, length) => hashName(viewOf(new Uint8Array(length)), 0, length)),
    );
    expect(zeros.size).toBeGreaterThan(1990);
  });
});

describe('findBelow', () => {
  it('finds the first byte below a bound', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 40 }),
        fc.nat(40),
        fc.integer({ min: 1, max: 128 }),
        (bytes, from, bound) => {
          const at = Math.min(from, bytes.length);
          const expected = bytes.findIndex((byte, i) => i >= at && byte < bound);
          expect(findBelow(bytes, viewOf(bytes), at, bound)).toBe(expected < 0 ? bytes.length : expected);
        },
      ),
      { numRuns: 2000 },
    );
  });
});
