import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromHex, toHex } from '../bytes.ts';
import { Refusal } from '../refusal.ts';
import { type Cbor, decodeCbor, Tagged } from './decode.ts';
import { encodeCbor } from './encode.ts';

describe('reading CBOR', () => {
  // Appendix A of RFC 8949.
  it.each([
    ['00', 0],
    ['1903e8', 1000],
    ['1bffffffffffffffff', 18446744073709551615n],
    ['3903e7', -1000],
    ['3bffffffffffffffff', -18446744073709551616n],
    ['f93c00', 1],
    ['f90001', 2 ** -24],
    ['f97c00', Number.POSITIVE_INFINITY],
    ['fb3ff199999999999a', 1.1],
    ['f4', false],
    ['f6', null],
    ['f7', undefined],
    ['62c3bc', 'ü'],
    ['9f018202039f0405ffff', [1, [2, 3], [4, 5]]],
    ['7f657374726561646d696e67ff', 'streaming'],
  ] as [string, Cbor][])('%s', (hex, value) => {
    expect(decodeCbor(fromHex(hex))).toEqual(value);
  });

  it('chunks of bytes, maps without an announced end, tags', () => {
    expect(toHex(decodeCbor(fromHex('5f42010243030405ff')) as Uint8Array)).toBe('0102030405');
    expect(decodeCbor(fromHex('bf6346756ef563416d7421ff'))).toEqual(
      new Map<string, Cbor>([
        ['Fun', true],
        ['Amt', -2],
      ]),
    );
    expect(decodeCbor(fromHex('c11a514b67b0'))).toEqual(new Tagged(1, 1363896240));
  });

  it.each([
    ['', 'nothing'],
    ['18', 'a number that is cut off'],
    ['0000', 'something after the end'],
    ['1c', 'a reserved initial byte'],
    ['62c328', 'a text that is not UTF-8'],
    ['a2010201 03'.replace(' ', ''), 'a key that stands twice'],
    ['a1f501', 'a key that is a flag'],
    ['9f01', 'an array that does not end'],
    ['5f6161ff', 'a chunk of another kind'],
    ['5f5f4101ffff', 'chunks inside chunks'],
    ['ff', 'an end without a beginning'],
    ['1f', 'a number of indefinite length'],
    ['9bffffffffffffffff', 'an array of 2^64'],
    ['9a00ffffff', 'an array that is longer than the input'],
    ['5affffffff', 'bytes beyond the end'],
    ['dbffffffffffffffff00', 'a tag beyond numbers'],
    ['f800', 'a simple value without meaning'],
    ['81'.repeat(40), 'a tree that is too deep'],
  ])('%s is refused: %s', (hex) => {
    expect(() => decodeCbor(fromHex(hex))).toThrow(Refusal);
  });

  it('many empty things in few bytes', () => {
    expect(() => decodeCbor(Uint8Array.from([0x9f, ...new Uint8Array(70_000).fill(0x80), 0xff]))).toThrow(
      'items',
    );
  });
});

describe('writing CBOR', () => {
  const leaf: fc.Arbitrary<Cbor> = fc.oneof(
    fc.maxSafeInteger(),
    fc.string({ unit: 'grapheme' }),
    fc.boolean(),
    fc.constant(null),
    fc.uint8Array({ maxLength: 300 }),
  );
  const { tree } = fc.letrec<{ tree: Cbor }>((tie) => ({
    tree: fc.oneof(
      { depthSize: 'small' },
      leaf,
      fc.array(tie('tree'), { maxLength: 5 }),
      fc
        .uniqueArray(fc.tuple(fc.oneof(fc.string(), fc.integer()), tie('tree')), {
          selector: ([key]) => key,
          maxLength: 5,
        })
        .map((entries) => new Map(entries)),
      fc.tuple(fc.nat(), tie('tree')).map(([tag, value]) => new Tagged(tag, value)),
    ),
  }));

  it('is read back as it was', () => {
    fc.assert(
      fc.property(tree, (item) => {
        expect(decodeCbor(encodeCbor(item))).toEqual(item);
      }),
    );
  });
});
