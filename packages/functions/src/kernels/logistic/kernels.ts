/** The inner loops of passes over a block of rows, two doubles at a time. */
import { Body } from '../wasm/module.ts';

/** Accumulators of two doubles that fit in registers. */
export const REGISTERS = 10;
/** (row, end, out): each row's dot product with the weights. */
export function margins(pairs: number, weights: number): Body {
  const [at, end, out, even, odd] = [0, 1, 2, 3, 4];
  const body = new Body(['i32', 'i32', 'i32'], ['v128', 'v128']);
  return body.whileBelow(at, end, () => {
    for (const sum of [even, odd]) body.pair(0).set(sum);
    for (let pair = 0; pair < pairs; pair++) {
      const sum = pair % 2 === 0 ? even : odd;
      body.get(sum, at).memory('v128.load', 16 * pair);
      body.i32(0).memory('v128.load', weights + 16 * pair);
      body.op('f64x2.mul', 'f64x2.add').set(sum);
    }
    body
      .get(out, even, odd)
      .op('f64x2.add')
      .tee(even)
      .lane(0)
      .get(even)
      .lane(1)
      .op('f64.add')
      .memory('f64.store');
    body.get(out).i32(8).op('i32.add').set(out);
    body
      .get(at)
      .i32(16 * pairs)
      .op('i32.add')
      .set(at);
  });
}

/** (row, end, factor): adds each row, times its factor, to the pairs from `first` of the gradient. */
export function gradient(pairs: number, first: number, into: number): Body {
  const [at, end, factor, splat, sums] = [0, 1, 2, 3, 4];
  const here = Math.min(REGISTERS, pairs - first);
  const body = new Body(
    ['i32', 'i32', 'i32'],
    ['v128', ...Array.from({ length: here }, () => 'v128' as const)],
  );
  for (let i = 0; i < here; i++)
    body
      .i32(0)
      .memory('v128.load', into + 16 * (first + i))
      .set(sums + i);
  body.whileBelow(at, end, () => {
    body.get(factor).memory('v128.load64_splat').set(splat);
    for (let i = 0; i < here; i++) {
      body.get(sums + i, at).memory('v128.load', 16 * (first + i));
      body
        .get(splat)
        .op('f64x2.mul', 'f64x2.add')
        .set(sums + i);
    }
    body.get(factor).i32(8).op('i32.add').set(factor);
    body
      .get(at)
      .i32(16 * pairs)
      .op('i32.add')
      .set(at);
  });
  for (let i = 0; i < here; i++)
    body
      .i32(0)
      .get(sums + i)
      .memory('v128.store', into + 16 * (first + i));
  return body;
}

/** Adding it leaves the nearest integer in the low bits of a double. */
const MAGIC = 1.5 * 2 ** 52;
/** ln 2, its first part with so few bits that its product with an exponent is exact. */
const LN2_HIGH = 0.6931471803691238;
const LN2_LOW = 1.9082149292705877e-10;
/** Terms of the series of e^r for |r| < ln 2 / 2: what is left out is below 2^-53. */
const TERMS = 13;
/** Below it e^x is as good as 0, and 2^n no normal double any more. */
const LEAST = -708;

/** Replaces the pair in `x` (from `LEAST` to 0) by its exponential, to about one unit in the last place. */
function exponential(body: Body, x: number, shifted: number, sum: number): void {
  body.get(x).pair(Math.LOG2E).op('f64x2.mul').pair(MAGIC).op('f64x2.add').set(shifted);
  for (const part of [LN2_HIGH, LN2_LOW]) {
    body.get(x, shifted).pair(MAGIC).op('f64x2.sub').pair(part).op('f64x2.mul', 'f64x2.sub').set(x);
  }
  let factorial = 1;
  for (let n = 2; n <= TERMS; n++) factorial *= n;
  body.pair(1 / factorial).set(sum);
  for (let n = TERMS; n > 0; n--) {
    factorial /= n;
    body
      .get(sum, x)
      .op('f64x2.mul')
      .pair(1 / factorial)
      .op('f64x2.add')
      .set(sum);
  }
  // The integer, shifted into the exponent, multiplies by its power of two.
  body.get(sum, shifted).i32(52).op('i64x2.shl', 'i64x2.add').set(x);
}

/** Where `differences` leaves its three pairs: product of 1 + e^-|m|, rest of the loss, sum of the differences. */
export const RESULTS = 3;

/**
 * (margin, end, label): adds the pair at `intercept` to the margins, and replaces them by probability less label.
 * The loss of a row is log(1 + e^-|m|) and what the margin is on the wrong side.
 */
export function differences(intercept: number, results: number): Body {
  const [at, end, label, margin, small, shifted, sum] = [0, 1, 2, 3, 4, 5, 6];
  const [product, loss, total, inverse, truth] = [7, 8, 9, 10, 11];
  const body = new Body(
    ['i32', 'i32', 'i32'],
    Array.from({ length: 9 }, () => 'v128' as const),
  );
  body.pair(1).set(product);
  for (const result of [loss, total]) body.pair(0).set(result);
  body.whileBelow(at, end, () => {
    body.get(at).memory('v128.load').i32(0).memory('v128.load', intercept).op('f64x2.add').set(margin);
    body.get(label).memory('v128.load').set(truth);
    body.get(margin).op('f64x2.abs', 'f64x2.neg').pair(LEAST).op('f64x2.max').set(small);
    exponential(body, small, shifted, sum);
    body.get(small).pair(1).op('f64x2.add').tee(sum).get(product).op('f64x2.mul').set(product);
    body.pair(1).get(sum).op('f64x2.div').set(inverse);
    body.get(inverse, small, inverse).op('f64x2.mul').get(margin).pair(0).op('f64x2.ge', 'v128.bitselect');
    body.get(truth).op('f64x2.sub').set(sum);
    body.get(at, sum).memory('v128.store');
    body.get(total, sum).op('f64x2.add').set(total);
    // The row's part first: a neutral margin is so large that the loss would be lost beside it.
    body.get(loss, margin).pair(0).op('f64x2.max');
    body.get(truth, margin).op('f64x2.mul', 'f64x2.sub', 'f64x2.add').set(loss);
    for (const pointer of [at, label]) body.get(pointer).i32(16).op('i32.add').set(pointer);
  });
  for (const [i, result] of [product, loss, total].entries()) {
    body
      .i32(0)
      .get(result)
      .memory('v128.store', results + 16 * i);
  }
  return body;
}
