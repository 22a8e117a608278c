/**
 * Whether an RSA key may sign: the checks of `ring` 0.16 in their order, with its words (NIST SP 800-56B, 6.4.1.4.3, as
 * far as ring goes). Contract 1.10.
 */

import { bitLength, isLess, isSmall, type Limbs, multiplyModulo, toLimbs } from '../kernels/rsa/limbs.ts';
import { limits } from '../limits.ts';
import { FunctionError } from '../refusal.ts';
import type { RsaKeyFields } from './der.ts';

const MIN_BITS = 2048;
const MAX_BITS = limits.rsaBits.value;
const MIN_EXPONENT = 65537;
const MAX_EXPONENT = 2 ** 33 - 1;

const isOdd = (bytes: Uint8Array): boolean => ((bytes.at(-1) ?? 0) & 1) === 1;

function require(condition: boolean, word: string): void {
  if (!condition) throw new FunctionError('invalid-key', word);
}

/** What everybody may know. Returns the bits of the modulus. */
function checkPublic({ n, e }: RsaKeyFields): number {
  const bits = bitLength(n);
  require(isOdd(n), 'InvalidComponent');
  // ring rounds up to bytes here: 2041 bits pass, and fail at the primes.
  require(8 * n.length >= MIN_BITS, 'TooSmall');
  require(bits <= MAX_BITS, 'TooLarge');
  require(e.length <= 5, 'TooLarge');
  let exponent = 0;
  for (const byte of e) exponent = exponent * 256 + byte;
  require(exponent >= MIN_EXPONENT, 'TooSmall');
  require(exponent <= MAX_EXPONENT, 'TooLarge');
  require(isOdd(e), 'InvalidComponent');
  return bits;
}

/** Throws `FunctionError` with ring's word for what is wrong. */
export function checkRsaKey(key: RsaKeyFields): void {
  const bits = checkPublic(key);
  const half = (bits + 1) >>> 1;
  const { n, d, p, q, dP, dQ, qInv } = key;
  require(bitLength(p) === half && bitLength(q) === half, 'InconsistentComponents');
  const used: Limbs[] = [];
  const number = (bytes: Uint8Array, digits: number): Limbs => {
    require(bytes.length <= 2 * digits, 'InconsistentComponents');
    const made = toLimbs(bytes, digits);
    used.push(made);
    return made;
  };
  const product = (a: Limbs, b: Limbs, modulus: Limbs): Limbs => {
    const made = multiplyModulo(a, b, modulus);
    used.push(made);
    return made;
  };
  try {
    const whole = (n.length + 1) >>> 1;
    const modulus = number(n, whole);
    // Both have half the bits, so that their product is n if it is a multiple of it.
    require(isSmall(product(number(p, whole), number(q, whole), modulus), 0), 'InconsistentComponents');
    require(half < bitLength(d) && isLess(number(d, whole), modulus), 'InconsistentComponents');
    require(isOdd(d), 'InvalidComponent');
    const digits = (p.length + 1) >>> 1;
    const [first, second] = [number(p, digits), number(q, digits)];
    for (const [prime, exponent, bytes] of [
      [first, dP, p],
      [second, dQ, q],
    ] as const) {
      require(isOdd(bytes), 'InvalidComponent');
      require(half % 512 === 0, 'PrivateModulusLenNotMultipleOf512Bits');
      require(isOdd(exponent) && isLess(number(exponent, digits), prime), 'InconsistentComponents');
    }
    // ring swaps the primes where the second is the larger one, and makes its own coefficient then.
    if (isLess(first, second)) return;
    require(qInv.length <= p.length && isLess(number(qInv, digits), first), 'InvalidComponent');
    require(isSmall(product(number(qInv, digits), second, first), 1), 'InconsistentComponents');
  } finally {
    for (const digits of used) digits.fill(0);
  }
}
