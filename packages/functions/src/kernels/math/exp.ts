/**
 * The exponential function, correctly rounded: `Math.exp` is not for one argument in ten (contract 2.5). x is taken
 * apart as n * ln2 / 64 + r; e^r comes from its series in a sum of two doubles with an error below 2^-65, and where
 * that leaves the rounding open (one in a thousand) integers decide.
 */
import { BITS, expFixed, expSlow, LN2 } from './exp-slow.ts';

const STEPS = 64;
/** Bits of the parts of ln2 / 64 whose product with n (17 bits) is exact. */
const PART_BITS = 36n;
const SPLITTER = 2 ** 27 + 1;
const ERROR = 2 ** -65;

const scale = (value: bigint, bits: bigint): number =>
  Number(value) * 2 ** -Number(bits / 2n) * 2 ** -Number(bits - bits / 2n);

/** ln2 / 64 in three parts. */
function stepParts(): readonly [number, number, number] {
  const step = LN2 / BigInt(STEPS);
  // ln2 / 64 begins at its 7th bit.
  const first = BITS - 6n - PART_BITS;
  const second = first - PART_BITS;
  const high = (step >> first) << first;
  const middle = ((step - high) >> second) << second;
  return [scale(high, BITS), scale(middle, BITS), scale(step - high - middle, BITS)];
}

const [STEP_1, STEP_2, STEP_3] = stepParts();
const PER_STEP = STEPS / Math.LN2;

/** 2^(j / 64) as the sum of two doubles. */
const HIGH = new Float64Array(STEPS);
const LOW = new Float64Array(STEPS);
for (let j = 0; j < STEPS; j++) {
  const exact = expFixed((LN2 * BigInt(j)) / BigInt(STEPS));
  const high = scale(exact, BITS);
  HIGH[j] = high;
  LOW[j] = scale(exact - (BigInt(high * 2 ** 52) << (BITS - 52n)), BITS);
}

/** e^x, the nearest double. */
export function exp(x: number): number {
  if (!(x > -745.2)) return Number.isNaN(x) ? x : 0;
  if (x > 709.8) return Number.POSITIVE_INFINITY;
  if (x > -(2 ** -60) && x < 2 ** -60) return 1;
  if (x < -708) return expSlow(x);
  const n = Math.round(x * PER_STEP);
  const j = n & (STEPS - 1);
  // r = high + low
  const first = x - n * STEP_1;
  const second = n * STEP_2;
  const high = first - second;
  const low = first - high - second - n * STEP_3;
  // e^r - 1 - high
  const series =
    high *
    high *
    (1 / 2 + high * (1 / 6 + high * (1 / 24 + high * (1 / 120 + high * (1 / 720 + high / 5040)))));
  const rest = series + (low + low * high);
  // Times 2^(j / 64): the product with `high` in two parts (Dekker), as it is what matters most.
  const power = HIGH[j];
  const product = power * high;
  const splitPower = power * SPLITTER;
  const powerTop = splitPower - (splitPower - power);
  const powerRest = power - powerTop;
  const splitHigh = high * SPLITTER;
  const top = splitHigh - (splitHigh - high);
  const bottom = high - top;
  const lost = powerTop * top - product + powerTop * bottom + powerRest * top + powerRest * bottom;
  const sum = power + product;
  const tail = product - (sum - power) + (lost + (power * rest + LOW[j] * (1 + high)));
  const up = sum + (tail + sum * ERROR);
  if (up !== sum + (tail - sum * ERROR)) return expSlow(x);
  // In two steps: 2^1024 is no double.
  const exponent = (n - j) / STEPS;
  return exponent > 1000 ? up * 2 ** (exponent - 1) * 2 : up * 2 ** exponent;
}
