import fc from 'fast-check';
import { expect, it } from 'vitest';
import { decodeRecord, encodeRecord } from './codec.ts';

it('gives back what it was given: bytes, and names that people chose', () => {
  const value: fc.Arbitrary<unknown> = fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 4 },
      fc.string(),
      fc.integer(),
      fc.boolean(),
      fc.constant(null),
      fc.uint8Array({ maxLength: 40 }),
      fc.array(tie('value'), { maxLength: 4 }),
      fc.dictionary(fc.oneof(fc.constantFrom('__proto__', 'constructor', 'tag'), fc.string()), tie('value'), {
        maxKeys: 4,
        noNullPrototype: true,
      }),
    ),
  })).value;
  fc.assert(
    fc.property(value, (member) => {
      expect(decodeRecord(encodeRecord({ member }))).toEqual({ member });
    }),
    { numRuns: 2000 },
  );
});

it.each([
  [{ tags: { $b: new Uint8Array([1]) } }],
  [{ tags: { $b: new Uint8Array([1]), other: new Uint8Array([2]) } }],
  [{ tags: Object.fromEntries([['__proto__', new Uint8Array([3])]]) }],
])('slots may be called anything: %j', (record) => {
  const decoded = decodeRecord<typeof record>(encodeRecord(record));
  expect(Object.entries(decoded.tags)).toEqual(Object.entries(record.tags));
});

it('refuses a format of another version', () => {
  expect(() => decodeRecord(Buffer.from('[1,{}]'))).toThrow(
    expect.objectContaining({ code: 'data-folder-format', message: expect.stringContaining('format 1') }),
  );
});
