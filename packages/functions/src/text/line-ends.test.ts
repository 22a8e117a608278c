import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { countFeeds } from './line-ends.ts';

it('line feeds are counted wherever they are, and as many as there are', () => {
  const byte = fc.constantFrom(10, 0x0b, 0x8a, 0x0a ^ 0x80, 0, 0xff, 9);
  fc.assert(
    fc.property(fc.array(byte, { maxLength: 40 }), fc.nat(3), (bytes, start) => {
      const given = Uint8Array.from(bytes).subarray(start);
      expect(countFeeds(given)).toBe(given.filter((one) => one === 10).length);
    }),
    { numRuns: 500 },
  );
  for (const length of [1019, 1020, 1021, 1024, 5000]) {
    expect(countFeeds(new Uint8Array(length).fill(10))).toBe(length);
  }
});
