/**
 * The inner loops of X^T X: 4 x 4 numbers of the result in SIMD registers, two doubles each. Sums are the same on every machine: there is no
 * fused multiply-add. Columns lie in panels of four, each row after row, so that a loop reads on and on.
 */
import { Body } from '../wasm/module.ts';
import { DOUBLE, PAIR } from './pair.ts';

/** Columns of a panel. */
export const PANEL = 4;
/** Bytes of a row in a panel. */
export const PANEL_ROW = PANEL * DOUBLE;
/** Doubles of a tile: 4 x 4 products, and, on the diagonal, 4 sums of columns. */
export const TILE = PANEL * PANEL + PANEL;
/**
 * Rows whose products are summed by themselves before they are added to the rest: long sums lose fewer digits so. The digits of every answer
 * depend on it, and on nothing else that has to do with blocks.
 */
export const SEGMENT = 64;

/**
 * Rows from `from` to `end`, `bytes` each without gaps, go into panels at `to`, `stride` bytes from one to the next, less the numbers at
 * `origin`. Up to three numbers more are read of each row and of the origin; what they leave in the last panel counts for nothing.
 */
export type Pack = (
  ...at: readonly [from: number, end: number, to: number, stride: number, origin: number, bytes: number]
) => void;

export function packBody(): Body {
  const [from, end, to, stride, origin, bytes, rowEnd, into, less] = [0, 1, 2, 3, 4, 5, 6, 7, 8] as const;
  const body = new Body(['i32', 'i32', 'i32', 'i32', 'i32', 'i32'], ['i32', 'i32', 'i32']);
  return body.whileBelow(from, end, (row) => {
    row.get(from, bytes).op('i32.add').set(rowEnd);
    row.get(to).set(into).get(origin).set(less);
    row.whileBelow(from, rowEnd, (four) => {
      for (const offset of [0, PAIR]) {
        four.get(into, from).memory('v128.load', offset).get(less).memory('v128.load', offset);
        four.op('f64x2.sub').memory('v128.store', offset);
      }
      four.advance(from, PANEL_ROW).advance(less, PANEL_ROW);
      four.get(into, stride).op('i32.add').set(into);
    });
    row.get(rowEnd).set(from).advance(to, PANEL_ROW);
  });
}

/**
 * Adds to the tiles of the upper triangle at `into` what the rows of the panels give. `first` and `last` are where the first and the last panel
 * begin, `stride` bytes lead from one to the next; each has `bytes` of rows.
 */
export type AddProducts = (
  ...at: readonly [first: number, last: number, stride: number, bytes: number, into: number]
) => void;

const [FIRST, LAST, STRIDE, BYTES, INTO] = [0, 1, 2, 3, 4] as const;
const [OTHER, A, B, END, SEGMENT_END] = [5, 6, 7, 8, 9] as const;
const LEFT = 10;
const right = (half: number) => 11 + half;
const sum = (i: number, half: number) => 13 + i * 2 + half;
const ZERO = sum(PANEL, 0);

type Kind = 'diagonal' | 'beside';

/** The tile of the panels at `FIRST` and `OTHER`, the latter of so many pairs of columns; goes on to the next tile. */
function addTile(body: Body, pairs: number, kind: Kind): void {
  const halves = [...Array(pairs).keys()];
  const rows = [...Array(kind === 'diagonal' ? 2 * pairs : PANEL).keys()];
  // On the diagonal nothing below it, and the sums of the columns in the two registers that this leaves.
  const cells = rows.flatMap((i) =>
    halves.filter((half) => kind === 'beside' || 2 * half + 1 >= i).map((half) => [i, half] as const),
  );
  const columnSum = (half: number) => sum(2 + half, 0);
  const sums: readonly (readonly [local: number, at: number])[] = [
    ...cells.map(([i, half]) => [sum(i, half), i * PANEL_ROW + half * PAIR] as const),
    ...(kind === 'diagonal' ? halves : []).map(
      (half) => [columnSum(half), PANEL * PANEL_ROW + half * PAIR] as const,
    ),
  ];
  body.get(FIRST).tee(A).get(BYTES).op('i32.add').set(END).get(OTHER).set(B);
  body.whileBelow(A, END, (segment) => {
    segment
      .get(A)
      .i32(SEGMENT * PANEL_ROW)
      .op('i32.add')
      .set(SEGMENT_END);
    segment.get(END, SEGMENT_END).op('i32.lt_u');
    segment.when((short) => short.get(END).set(SEGMENT_END));
    for (const [local] of sums) segment.get(ZERO).set(local);
    segment.whileBelow(A, SEGMENT_END, (row) => {
      for (const half of halves)
        row
          .get(B)
          .memory('v128.load', half * PAIR)
          .set(right(half));
      for (const i of rows) {
        row
          .get(A)
          .memory('v128.load64_splat', i * DOUBLE)
          .set(LEFT);
        for (const [, half] of cells.filter(([of]) => of === i))
          row.get(sum(i, half), LEFT, right(half)).op('f64x2.mul', 'f64x2.add').set(sum(i, half));
      }
      if (kind === 'diagonal')
        for (const half of halves) row.get(columnSum(half), right(half)).op('f64x2.add').set(columnSum(half));
      row.advance(A, PANEL_ROW).advance(B, PANEL_ROW);
    });
    for (const [local, at] of sums) {
      segment.get(INTO, INTO).memory('v128.load', at).get(local);
      segment.op('f64x2.add').memory('v128.store', at);
    }
  });
  body.advance(INTO, TILE * DOUBLE);
}

/** The last panel has so many pairs of columns. */
export function addProductsBody(lastPairs: number): Body {
  const body = new Body(
    ['i32', 'i32', 'i32', 'i32', 'i32'],
    [
      ...Array.from({ length: LEFT - OTHER }, () => 'i32' as const),
      ...Array.from({ length: ZERO - LEFT + 1 }, () => 'v128' as const),
    ],
  );
  body.whileBelow(FIRST, LAST, (panel) => {
    panel.get(FIRST).set(OTHER);
    addTile(panel, 2, 'diagonal');
    panel.get(FIRST, STRIDE).op('i32.add').set(OTHER);
    panel.whileBelow(OTHER, LAST, (tile) => {
      addTile(tile, 2, 'beside');
      tile.get(OTHER, STRIDE).op('i32.add').set(OTHER);
    });
    addTile(panel, lastPairs, 'beside');
    panel.get(FIRST, STRIDE).op('i32.add').set(FIRST);
  });
  body.get(LAST).set(OTHER);
  addTile(body, lastPairs, 'diagonal');
  return body;
}
