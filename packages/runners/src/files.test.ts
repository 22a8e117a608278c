import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Files } from './files.ts';
import { RefusedError } from './refused-error.ts';
import { MemoryFiles } from './testing/memory-files.ts';

const CONTENT = Buffer.from(Array.from({ length: 70_000 }, (_, index) => index % 251));
const size = fc.oneof(fc.nat(40), fc.nat(40_000), fc.constantFrom(16_383, 16_384, 16_385));

describe('gathered reads and writes', () => {
  it('give what single ones would give, and full reads until the end', () => {
    fc.assert(
      fc.property(fc.array(size, { maxLength: 20 }), (sizes) => {
        const requests = new MemoryFiles({ i: CONTENT }, ['o']);
        const files = new Files(requests);
        const input = files.open('i').handle;
        const output = files.create('o');
        let at = 0;
        for (const length of sizes) {
          const target = Buffer.alloc(length);
          const got = files.read(input, target);
          expect(got).toBe(Math.min(length, CONTENT.length - at));
          expect(target.subarray(0, got).equals(CONTENT.subarray(at, at + got))).toBe(true);
          files.write(output, target.subarray(0, got));
          at += got;
        }
        files.flush();
        expect(requests.outputs.get('o')?.equals(CONTENT.subarray(0, at))).toBe(true);
      }),
      { numRuns: 200 },
    );
  });

  it('refuse handles as the worker does', () => {
    const files = new Files(new MemoryFiles({ i: 'text' }, ['o']));
    const input = files.open('i').handle;
    const output = files.create('o');
    const byte = new Uint8Array(1);
    files.read(input, byte);
    files.write(output, byte);
    for (const wrong of [
      () => files.write(input, byte),
      () => files.read(output, byte),
      () => files.read(99, byte),
      () => files.write(99, byte),
      () => files.close(99),
    ]) {
      expect(wrong).toThrow(RefusedError);
    }
    files.close(input);
    files.close(output);
    for (const late of [
      () => files.read(input, byte),
      () => files.write(output, byte),
      () => files.close(input),
      () => files.close(output),
    ]) {
      expect(late).toThrow(RefusedError);
    }
  });

  it('B5: refuse a handle and a name that no message can carry, and ask nobody', () => {
    const requests = new MemoryFiles({ i: 'text' }, ['o']);
    const files = new Files(requests);
    const number = fc.oneof(
      fc.integer({ max: -1 }),
      fc.double({ min: 2 ** 31 }),
      fc.constantFrom(Number.NaN, 0.5),
    );
    fc.assert(
      fc.property(number, (handle) => {
        for (const call of [
          () => files.read(handle, new Uint8Array(1)),
          () => files.read(handle, new Uint8Array(0)),
          () => files.write(handle, new Uint8Array(1)),
          () => files.close(handle),
        ]) {
          expect(call).toThrow(expect.objectContaining({ code: 'bad-handle' }));
        }
      }),
    );
    expect(() => files.open('x'.repeat(2 ** 20))).toThrow(expect.objectContaining({ code: 'unknown-input' }));
    expect(() => files.create('x'.repeat(2 ** 20))).toThrow(
      expect.objectContaining({ code: 'unknown-output' }),
    );
    expect(requests.requests).toEqual({});
  });
});
