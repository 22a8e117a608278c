/**
 * The inner loop of products of many rows with a few vectors: two vectors side by side in a SIMD register, so many rows and
 * vectors at once as there are registers for. Each product is a plain sum from the first column to the last: how many are made
 * at once, where a block ends and which machine it is do not show in a single digit.
 */
import { Body, type ValueType } from '../wasm/module.ts';
import { DOUBLE, PAIR } from './pair.ts';

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

/** Code depends on the pairs alone: that for `n` of them is what a shape of `2 * n` vectors has. */
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
 * For the rows from `a` to `end`, `bytes` each without gaps, some at a time: `sum over k of a[i][k] * b[k][j]` for all
 * vectors j of the panel `b`. Byte addresses. Up to one less than the rows at once behind `end` are worked on, too. The rest of the arguments is `finish`'s.
 */
const [A, END, BYTES, B] = [0, 1, 2, 3] as const;

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
  const passing = from + 1;
  const held = (i: number) => passing + 1 + i;
  const sum = (i: number, j: number) => held(Math.min(pairs, rows)) + i * pairs + j;
  const zero = sum(rows, 0);
  const spares = 4;
  const body = new Body(
    ['i32', 'i32', 'i32', 'i32', ...more],
    [
      ...Array.from({ length: rows + 2 }, () => 'i32' as const),
      ...Array.from({ length: zero + spares + 1 - passing }, () => 'v128' as const),
    ],
  );
  const [rowIndices, pairIndices] = [[...Array(rows).keys()], [...Array(pairs).keys()]];
  const addColumn = (loop: Body) => {
    const loadRight = (j: number, into: number) =>
      loop
        .get(from)
        .memory('v128.load', j * PAIR)
        .set(into);
    const loadLeft = (i: number, into: number) => loop.get(row(i)).memory('v128.load64_splat').set(into);
    const add = (i: number, j: number, left: number, right: number) =>
      loop.get(sum(i, j), left, right).op('f64x2.mul', 'f64x2.add').set(sum(i, j));
    // The fewer of both are held, and the others pass by: registers are few.
    if (pairs > rows) {
      for (const i of rowIndices) loadLeft(i, held(i));
      for (const j of pairIndices) {
        loadRight(j, passing);
        for (const i of rowIndices) add(i, j, held(i), passing);
      }
      return;
    }
    for (const j of pairIndices) loadRight(j, held(j));
    for (const i of rowIndices) {
      loadLeft(i, passing);
      for (const j of pairIndices) add(i, j, passing, held(j));
    }
  };
  return body.whileBelow(A, END, (group) => {
    for (const i of rowIndices) {
      if (i === 0) group.get(A);
      else group.get(row(i - 1), BYTES).op('i32.add');
      group.set(row(i));
      for (const j of pairIndices) group.get(zero).set(sum(i, j));
    }
    group.get(A, BYTES).op('i32.add').set(rowEnd).get(B).set(from);
    group.whileBelow(row(0), rowEnd, (loop) => {
      addColumn(loop);
      for (const i of rowIndices) loop.advance(row(i), DOUBLE);
      loop.advance(from, pairs * PAIR);
    });
    finish(group, { sum, spare: (i) => zero + 1 + i });
    group.get(BYTES).i32(rows).op('i32.mul').get(A).op('i32.add').set(A);
  });
}

/** `into` has the products of a row side by side, those of the next `step` bytes on. */
export type Products = (
  ...at: readonly [a: number, end: number, bytes: number, b: number, into: number, step: number]
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
