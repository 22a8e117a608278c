/** Of the vectors of a panel, which is nearest to each row: looked for while the products are in registers. */
import { PAIR } from '../linalg/pair.ts';
import { productsBody, type Shape } from '../linalg/products.ts';
import type { Body } from '../wasm/module.ts';

/** What is kept of a row from panel to panel: two times the least distance so far, and two times whose it is. */
export const KEPT = 2 * PAIR;
/** What there is of a pair of centers: their squared lengths, and their numbers. */
export const LENGTHS = 2 * PAIR;

/** `a` to `b` as in `productsBody`; `lengths` has those of the panel's pairs, `kept` those of the rows from `a` on. */
export type Nearest = (
  ...at: readonly [a: number, end: number, bytes: number, b: number, lengths: number, kept: number]
) => void;

/** A distance is squared, but for the row's own length, which is the same for all centers. Of equal ones the first center counts. */
export function nearestBody(shape: Shape): Body {
  const [lengths, kept] = [4, 5] as const;
  return productsBody(shape, ['i32', 'i32'], (body, { sum, spare }) => {
    const [least, best, one, other] = [spare(0), spare(1), spare(2), spare(3)];
    for (let i = 0; i < shape.rows; i++) {
      body.get(kept).memory('v128.load').set(least).get(kept).memory('v128.load', PAIR).set(best);
      for (let j = 0; j < shape.pairs; j++) {
        body.get(lengths).memory('v128.load', j * LENGTHS);
        body.get(sum(i, j), sum(i, j)).op('f64x2.add', 'f64x2.sub').set(one);
        body.get(lengths).memory('v128.load', j * LENGTHS + PAIR);
        body.get(best, one, least).op('f64x2.lt', 'v128.bitselect').set(best);
        body.get(least, one).op('f64x2.pmin').set(least);
      }
      // The two halves: the smaller one, or the first center of equal ones.
      body.get(least).swap(one).set(one).get(best).swap(other).set(other);
      body.get(other, best, one, least).op('f64x2.lt');
      body.get(one, least).op('f64x2.eq').get(other, best).op('f64x2.lt', 'v128.and', 'v128.or');
      body.op('v128.bitselect').set(best);
      body.get(kept, least, one).op('f64x2.pmin').memory('v128.store');
      body.get(kept, best).memory('v128.store', PAIR);
      body.get(kept).i32(KEPT).op('i32.add').set(kept);
    }
  });
}
