/** Rows less an origin, two numbers at a time. */
import { Body } from '../wasm/module.ts';
import { DOUBLE } from './tile.ts';

/**
 * Rows from `from` to `end`, `columns * 8` bytes each without gaps, go to `to`, where they are `stride` bytes apart, less
 * the numbers at `origin`. With an odd number of columns a number more of each row is written, which is none of it.
 */
export type Center = (
  ...at: readonly [from: number, end: number, to: number, stride: number, origin: number, bytes: number]
) => void;

export function centerBody(): Body {
  const [from, end, to, stride, origin, bytes, rowEnd, into, less] = [0, 1, 2, 3, 4, 5, 6, 7, 8] as const;
  const body = new Body(['i32', 'i32', 'i32', 'i32', 'i32', 'i32'], ['i32', 'i32', 'i32']);
  return body.whileBelow(from, end, (row) => {
    row.get(from, bytes).op('i32.add').set(rowEnd);
    row.get(to).set(into).get(origin).set(less);
    row.whileBelow(from, rowEnd, (pair) => {
      pair.get(into, from).memory('v128.load').get(less).memory('v128.load').op('f64x2.sub');
      pair.memory('v128.store');
      for (const pointer of [from, into, less])
        pair
          .get(pointer)
          .i32(2 * DOUBLE)
          .op('i32.add')
          .set(pointer);
    });
    row.get(rowEnd).set(from).get(to, stride).op('i32.add').set(to);
  });
}
