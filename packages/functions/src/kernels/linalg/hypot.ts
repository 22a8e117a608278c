/** sqrt(a^2 + b^2), correctly rounded: V8's `Math.hypot` differs from that for a third of all pairs (contract 2.5). */

const double = new Float64Array(1);
const bits = new BigUint64Array(double.buffer);
const HIDDEN = 1n << 52n;

/** |value| as `digits * 2^exponent`. */
function split(value: number): { digits: bigint; exponent: number } {
  double[0] = value;
  const pattern = bits[0];
  const exponent = Number((pattern >> 52n) & 0x7ffn);
  const fraction = pattern & (HIDDEN - 1n);
  return exponent === 0
    ? { digits: fraction, exponent: -1074 }
    : { digits: fraction | HIDDEN, exponent: exponent - 1075 };
}

/** The next double away from zero or (`-1n`) towards it; `value` is positive and finite. */
function neighbour(value: number, step: 1n | -1n): number {
  double[0] = value;
  bits[0] = bits[0] + step;
  return double[0];
}

/** Beyond this quotient the smaller one is less than half a step of the larger one. */
const NEGLIGIBLE = 2 ** 60;

export function hypot(a: number, b: number): number {
  const large = Math.max(Math.abs(a), Math.abs(b));
  const small = Math.min(Math.abs(a), Math.abs(b));
  if (Math.abs(a) === Number.POSITIVE_INFINITY || Math.abs(b) === Number.POSITIVE_INFINITY)
    return Number.POSITIVE_INFINITY;
  // Also where one is NaN.
  if (!(small > 0) || large / small > NEGLIGIBLE) return large;
  // Close to the answer; what follows compares squares exactly and moves by a step where needed.
  let guess = large * Math.sqrt(1 + (small / large) ** 2);
  if (guess === Number.POSITIVE_INFINITY) guess = Number.MAX_VALUE;
  const parts = [split(large), split(small)] as const;
  const scale = Math.min(split(guess).exponent, parts[1].exponent) - 2;
  const integer = (value: { digits: bigint; exponent: number }) =>
    value.digits << BigInt(value.exponent - scale);
  const square = parts.reduce((sum, part) => sum + integer(part) ** 2n, 0n);
  /** Whether the answer is on the far side of the middle between two neighbours, or on it and `even` is there. */
  const beyond = (near: number, far: number) => {
    const twice = integer(split(near)) + integer(split(far));
    const difference = 4n * square - twice * twice;
    const even = (split(far).digits & 1n) === 0n;
    const away = far > near ? difference > 0n : difference < 0n;
    return away || (difference === 0n && even);
  };
  for (;;) {
    const above = neighbour(guess, 1n);
    if (above === Number.POSITIVE_INFINITY) {
      const top = integer(split(Number.MAX_VALUE));
      const middle = 2n * top + (1n << BigInt(split(Number.MAX_VALUE).exponent - scale));
      if (4n * square >= middle * middle) return above;
    } else if (beyond(guess, above)) {
      guess = above;
      continue;
    }
    const below = neighbour(guess, -1n);
    if (!beyond(guess, below)) return guess;
    guess = below;
  }
}
