import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareDecimals, divide } from './long-numbers.ts';

/** A float as `mantissa / 2^1074`. */
function inHalves(value: number): bigint {
  const bits = new DataView(new ArrayBuffer(8));
  bits.setFloat64(0, value);
  const exponent = Number((bits.getBigUint64(0) >> 52n) & 0x7ffn);
  const fraction = bits.getBigUint64(0) & 0xfffffffffffffn;
  const size = exponent === 0 ? fraction : (fraction | (1n << 52n)) << BigInt(exponent - 1);
  return value < 0 ? -size : size;
}

const size = (value: bigint): bigint => (value < 0n ? -value : value);

describe('long decimals', () => {
  it('are divided to the nearest float', () => {
    fc.assert(
      fc.property(
        fc.bigInt(-(10n ** 40n), 10n ** 40n),
        fc.nat(60),
        fc.integer({ min: 1, max: 10 ** 6 }),
        (mantissa, decimals, divisor) => {
          const got = divide({ mantissa, decimals }, divisor);
          const denominator = BigInt(divisor) * 10n ** BigInt(decimals);
          const distance = (float: number) => size((mantissa << 1074n) - inHalves(float) * denominator);
          const step = Math.max(Math.abs(got) * 2 ** -52, Number.MIN_VALUE);
          for (const other of [got - step, got + step]) expect(distance(got) <= distance(other)).toBe(true);
        },
      ),
      { numRuns: 500 },
    );
    // A tie but for a last digit far away.
    expect(divide({ mantissa: (2n ** 53n + 1n) * 10n ** 60n + 1n, decimals: 60 }, 1)).toBe(2 ** 53 + 2);
    expect(divide({ mantissa: 0n, decimals: 3 }, 7)).toBe(0);
  });

  it('are compared whatever their decimals are', () => {
    fc.assert(
      fc.property(fc.bigInt(-99n, 99n), fc.nat(3), fc.bigInt(-99n, 99n), fc.nat(3), (a, i, b, j) => {
        const order = compareDecimals({ mantissa: a, decimals: i }, { mantissa: b, decimals: j });
        expect(order).toBe(Math.sign(Number(a) * 10 ** (3 - i) - Number(b) * 10 ** (3 - j)) + 0);
      }),
    );
  });
});
