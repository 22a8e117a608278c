import { isUtf8 } from 'node:buffer';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { endOfWhole, findUtf8Fault } from './utf8.ts';

describe('UTF-8', () => {
  it.each([
    [[0x61, 0xff], 1, 1],
    [[0xe2, 0x82, 0x0a], 0, 2],
    [[0xed, 0xa0, 0x80], 0, 1],
    [[0xf0, 0x9f, 0x92], 0, undefined],
  ])('%j has its fault at %i, of %i bytes', (bytes, index, length) => {
    expect(findUtf8Fault(Uint8Array.from(bytes))).toEqual({ index, length });
  });

  it('has a fault exactly where Node has one', () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 8 }),
      fc.array(fc.constantFrom(0x61, 0xc3, 0xe2, 0xed, 0xf0, 0xf4, 0x80, 0x9f, 0xa0, 0xbf), { maxLength: 8 }),
    );
    fc.assert(
      fc.property(bytes, (given) => {
        const text = Uint8Array.from(given);
        expect(findUtf8Fault(text) === undefined).toBe(isUtf8(text));
      }),
      { numRuns: 1000 },
    );
  });

  it('is cut before a character that is not whole, and nowhere else', () => {
    const character = fc.nat(0x10ffff).map((point) => String.fromCodePoint(point).toWellFormed());
    fc.assert(
      fc.property(fc.array(character, { maxLength: 6 }), fc.nat(20), (characters, cut) => {
        const bytes = Buffer.from(characters.join('')).subarray(0, cut);
        const end = endOfWhole(bytes);
        expect(isUtf8(bytes.subarray(0, end))).toBe(true);
        expect(bytes.length - end).toBeLessThanOrEqual(3);
        if (end < bytes.length) expect(isUtf8(bytes.subarray(0, end + 1))).toBe(false);
      }),
      { numRuns: 500 },
    );
  });
});
