/** Rows less an origin, two numbers at a time. */
import { Body } from '../wasm/module.ts';
import { PAIR } from './pair.ts';

/**
 * Rows from `from` to `end`, `bytes` each without gaps, go to `to`, without gaps, less the numbers at `origin`. With an odd number of
 * columns a number more is read of each row and of the origin, and written behind the row, where the next row overwrites it.
 */
export type Center = (
  ...at: readonly [from: number, end: number, to: number, origin: number, bytes: number]
) => void;

export function centerBody(): Body {
  const [from, end, to, origin, bytes, rowEnd, into, less] = [0, 1, 2, 3, 4, 5, 6, 7] as const;
  const body = new Body(['i32', 'i32', 'i32', 'i32', 'i32'], ['i32', 'i32', 'i32']);
  return body.whileBelow(from, end, (row) => {
    row.get(from, bytes).op('i32.add').set(rowEnd);
    row.get(to).set(into).get(origin).set(less);
    row.whileBelow(from, rowEnd, (pair) => {
      pair.get(into, from).memory('v128.load').get(less).memory('v128.load').op('f64x2.sub');
      pair.memory('v128.store');
      for (const pointer of [from, into, less]) pair.advance(pointer, PAIR);
    });
    row.get(rowEnd).set(from).get(to, bytes).op('i32.add').set(to);
  });
}
