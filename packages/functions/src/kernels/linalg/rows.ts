/** The inner loop of products of many rows with four vectors; see `tile.ts`. */
import { Body } from '../wasm/module.ts';
import { DOUBLE, TILE } from './tile.ts';

/**
 * For rows of `a` from `a` to `end`, four at a time: `into[i][j] = sum over k of a[i][k] * b[k][j]`, j below 4. Rows of
 * `a` are `stride` bytes apart (k runs over so many), those of `b` 32, those of `into` `step`.
 */
export type Rows = (
  ...at: readonly [a: number, end: number, stride: number, b: number, into: number, step: number]
) => void;

export function rowsBody(): Body {
  const [a, end, stride, b, into, step, rowEnd, from] = [0, 1, 2, 3, 4, 5, 6, 7] as const;
  const row = (i: number) => 8 + i;
  const [left, zero] = [12, 23] as const;
  const right = (half: number) => 13 + half;
  const sum = (i: number, half: number) => 15 + i * 2 + half;
  const halves = [0, 1] as const;
  const rows = [0, 1, 2, 3] as const;
  const body = new Body(
    ['i32', 'i32', 'i32', 'i32', 'i32', 'i32'],
    [
      ...Array.from({ length: 6 }, () => 'i32' as const),
      ...Array.from({ length: zero - left + 1 }, () => 'v128' as const),
    ],
  );
  body.whileBelow(a, end, (group) => {
    group.get(a).set(row(0));
    for (const i of [1, 2, 3])
      group
        .get(row(i - 1), stride)
        .op('i32.add')
        .set(row(i));
    for (const i of rows) for (const half of halves) group.get(zero).set(sum(i, half));
    group.get(row(1)).set(rowEnd).get(b).set(from);
    group.whileBelow(row(0), rowEnd, (loop) => {
      for (const half of halves)
        loop
          .get(from)
          .memory('v128.load', half * 16)
          .set(right(half));
      for (const i of rows) {
        loop.get(row(i)).memory('v128.load64_splat').set(left);
        for (const half of halves)
          loop.get(sum(i, half), left, right(half)).op('f64x2.mul', 'f64x2.add').set(sum(i, half));
        loop.get(row(i)).i32(DOUBLE).op('i32.add').set(row(i));
      }
      loop
        .get(from)
        .i32(TILE * DOUBLE)
        .op('i32.add')
        .set(from);
    });
    for (const i of rows) {
      for (const half of halves) group.get(into, sum(i, half)).memory('v128.store', half * 16);
      group.get(into, step).op('i32.add').set(into);
    }
    // The last row's pointer has come to its end, where the next four begin.
    group.get(row(3)).set(a);
  });
  return body;
}
