/** Exact arithmetic on floats, for tests. */
import * as fc from 'fast-check';

/** A positive double as a fraction. */
export function fraction(value: number): { over: bigint; under: bigint } {
  let under = 1n;
  let over = value;
  while (!Number.isInteger(over)) {
    over *= 2;
    under *= 2n;
  }
  return { over: BigInt(over), under };
}

/** Whether `digits * 10^exponent` rounds to the positive 32-bit float `value`: exact comparison with both midpoints. */
export function roundsTo(digits: bigint, exponent: number, value: number): boolean {
  const bits = new Uint32Array(Float32Array.of(value).buffer)[0] as number;
  const at = (pattern: number) => new Float32Array(Uint32Array.of(pattern).buffer)[0] as number;
  const next = at(bits + 1);
  const bounds = [
    (at(bits - 1) + value) / 2,
    Number.isFinite(next) ? (value + next) / 2 : 2 ** 128 - 2 ** 103,
  ];
  const [low, high] = bounds.map((bound) => {
    const { over, under } = fraction(bound);
    const left = digits * under * (exponent > 0 ? 10n ** BigInt(exponent) : 1n);
    const right = over * (exponent < 0 ? 10n ** BigInt(-exponent) : 1n);
    return left < right ? -1 : left > right ? 1 : 0;
  });
  const even = bits % 2 === 0;
  return (low === 1 || (even && low === 0)) && (high === -1 || (even && high === 0));
}

export const anyF32 = fc.oneof(
  fc
    .integer({ min: 1, max: 0x7f7fffff })
    .map((bits) => new Float32Array(Uint32Array.of(bits).buffer)[0] as number),
  fc.integer({ min: 1, max: 99999 }).map((n) => Math.fround(n / 1000)),
  // Quarters: ties between two decimals that both lead back.
  fc.integer({ min: 2 ** 23, max: 2 ** 24 - 1 }).map((n) => n / 4),
);
