/**
 * The inner loop of products of many rows with a few vectors: two vectors side by side in a SIMD register, so many rows and
 * vectors at once as there are registers for. Each product is a plain sum from the first column to the last: how many are made
 * at once, where a block ends and which machine it is do not show in a single digit.
 */
import { Body, type ValueType } from '../wasm/module.ts';
import { DOUBLE } from './tile.ts';

/** Bytes of two doubles side by side. */
export const PAIR = 2 * DOUBLE;
/** At most so many pairs of vectors at once, and for 1, 2, ... pairs so many rows: sums, factors and one product fill 15 registers. */
const MOST_PAIRS = 5;
const ROWS = [8, 4, 3, 2, 2] as const;

/** How a number of vectors is cut into panels, all of the same width. */
export interface Shape {
  readonly panels: number;
  /** Pairs of vectors in a panel. */
  readonly pairs: number;
  /** Rows that are worked on at once. */
  readonly rows: number;
}

export function shapeOf(vectors: number): Shape {
  const all = Math.ceil(vectors / 2);
  const panels = Math.ceil(all / MOST_PAIRS);
  const pairs = Math.ceil(all / panels);
  return { panels, pairs, rows: ROWS[pairs - 1] };
}

/** Vector k is `vectors[k * columns ..]`; into panel after panel, in each column after column. Beyond the last vector, `into` stays as it is. */
export function packPanels(
  vectors: Float64Array,
  columns: number,
  { pairs }: Shape,
  into: Float64Array,
): void {
  const width = 2 * pairs;
  for (let k = 0; k * columns < vectors.length; k++) {
    const to = Math.floor(k / width) * columns * width + (k % width);
    for (let j = 0; j < columns; j++) into[to + j * width] = vectors[k * columns + j];
  }
}

/**
 * For the rows from `a` to `end`, `stride` bytes apart, `bytes` of numbers in each, some at a time: `sum over k of a[i][k] * b[k][j]` for all
 * vectors j of the panel `b`. Byte addresses. Up to one less than the rows at once behind `end` are worked on, too. The rest of the arguments is `finish`'s.
 */
const [A, END, STRIDE, BYTES, B] = [0, 1, 2, 3, 4] as const;

export interface Sums {
  /** The local that has the products of row i with pair j. */
  readonly sum: (i: number, j: number) => number;
  /** A local to use as one likes: v128. */
  readonly spare: (i: number) => number;
}

/** `finish` gets the code behind the sums of each group of rows, and writes there what is done with them. */
export function productsBody(
  { pairs, rows }: Shape,
  more: readonly ValueType[],
  finish: (body: Body, sums: Sums) => void,
): Body {
  const pointers = B + 1 + more.length;
  const row = (i: number) => pointers + i;
  const [rowEnd, from] = [pointers + rows, pointers + rows + 1];
  const right = (j: number) => from + 1 + j;
  const left = right(pairs);
  const sum = (i: number, j: number) => left + 1 + i * pairs + j;
  const zero = sum(rows, 0);
  const spares = 4;
  const body = new Body(
    ['i32', 'i32', 'i32', 'i32', 'i32', ...more],
    [
      ...Array.from({ length: rows + 2 }, () => 'i32' as const),
      ...Array.from({ length: zero + spares + 1 - right(0) }, () => 'v128' as const),
    ],
  );
  const [rowIndices, pairIndices] = [[...Array(rows).keys()], [...Array(pairs).keys()]];
  return body.whileBelow(A, END, (group) => {
    for (const i of rowIndices) {
      if (i === 0) group.get(A);
      else group.get(row(i - 1), STRIDE).op('i32.add');
      group.set(row(i));
      for (const j of pairIndices) group.get(zero).set(sum(i, j));
    }
    group.get(A, BYTES).op('i32.add').set(rowEnd).get(B).set(from);
    group.whileBelow(row(0), rowEnd, (loop) => {
      for (const j of pairIndices)
        loop
          .get(from)
          .memory('v128.load', j * PAIR)
          .set(right(j));
      for (const i of rowIndices) {
        loop.get(row(i)).memory('v128.load64_splat').set(left);
        for (const j of pairIndices)
          loop.get(sum(i, j), left, right(j)).op('f64x2.mul', 'f64x2.add').set(sum(i, j));
        loop.get(row(i)).i32(DOUBLE).op('i32.add').set(row(i));
      }
      loop
        .get(from)
        .i32(pairs * PAIR)
        .op('i32.add')
        .set(from);
    });
    finish(group, { sum, spare: (i) => zero + 1 + i });
    group.get(STRIDE).i32(rows).op('i32.mul').get(A).op('i32.add').set(A);
  });
}

/** `into` has the products of a row side by side, those of the next `step` bytes on. */
export type Products = (
  ...at: readonly [
    a: number,
    end: number,
    stride: number,
    bytes: number,
    b: number,
    into: number,
    step: number,
  ]
) => void;

export function storedProductsBody(shape: Shape): Body {
  const [into, step] = [B + 1, B + 2];
  return productsBody(shape, ['i32', 'i32'], (body, { sum }) => {
    for (let i = 0; i < shape.rows; i++) {
      for (let j = 0; j < shape.pairs; j++) body.get(into, sum(i, j)).memory('v128.store', j * PAIR);
      body.get(into, step).op('i32.add').set(into);
    }
  });
}
