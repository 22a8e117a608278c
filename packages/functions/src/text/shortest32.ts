/** The shortest decimal digits that give back a float of 32 bits, as Ryu finds them. */
import { nearestF32 } from './parse32.ts';

/** `digits[0].digits[1..] * 10^exponent`. */
export interface Digits {
  readonly digits: string;
  readonly exponent: number;
}

const MOST_DIGITS = 9;
/** The most that `toExponential` gives: a tie has far fewer. */
const ALL_DIGITS = 100;

/** Splits `1.25e-7`, the text of `toExponential`. */
export function splitExponential(text: string): Digits {
  const e = text.indexOf('e');
  return { digits: text.slice(0, e).replace('.', ''), exponent: Number(text.slice(e + 1)) };
}

const join = ({ digits, exponent }: Digits): string => `${digits}e${exponent - digits.length + 1}`;

const givesBack = (candidate: Digits, value: number): boolean => nearestF32(join(candidate)) === value;

/** The nearest decimal of `count` digits; of two that are as near, the even one (`toExponential` takes the larger). */
function nearest(value: number, count: number): Digits {
  const found = splitExponential(value.toExponential(count - 1));
  if (Number(found.digits.at(-1)) % 2 === 0) return found;
  if (!splitExponential(value.toExponential(count)).digits.endsWith('5')) return found;
  const { digits, exponent } = splitExponential(value.toExponential(ALL_DIGITS));
  return /^50*$/.test(digits.slice(count)) ? { digits: digits.slice(0, count), exponent } : found;
}

/** The candidate above: wanted where the floats below a power of two lie closer than those above. */
function above({ digits, exponent }: Digits): Digits {
  const next = (BigInt(digits) + 1n).toString();
  return { digits: next.slice(0, digits.length), exponent: exponent + next.length - digits.length };
}

const isPowerOfTwo = (value: number): boolean => Number.isInteger(Math.log2(value));

function withDigits(value: number, count: number): Digits | undefined {
  const candidate = nearest(value, count);
  if (givesBack(candidate, value)) return candidate;
  if (!isPowerOfTwo(value)) return undefined;
  const higher = above(candidate);
  return givesBack(higher, value) ? higher : undefined;
}

/** For a positive, finite value that is a float of 32 bits. Trailing zeros are dropped. */
export function shortest32(value: number): Digits {
  // Most numbers of a model need seven digits or more, so that few tries go below.
  let count = withDigits(value, 6) ? 1 : 7;
  for (; count < MOST_DIGITS; count++) {
    const found = withDigits(value, count);
    if (found) return { digits: found.digits.replace(/0+$/, ''), exponent: found.exponent };
  }
  return nearest(value, MOST_DIGITS);
}
