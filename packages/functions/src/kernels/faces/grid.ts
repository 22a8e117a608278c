/** What the face network sees and says: pixels in cells, and boxes for each cell. */

/** A picture in memory. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  /** Red, green, blue for each pixel, by rows from the top. */
  readonly rgb: Uint8Array;
}

/** Pixels in the input for each cell of the output. */
export const CELL = 32;

/** Width and height of the boxes that a cell proposes, in cells. */
export const ANCHORS: readonly (readonly [number, number])[] = [
  [1.603231, 2.094468],
  [6.041143, 7.080126],
  [2.882459, 3.518061],
  [4.266906, 5.178857],
  [9.041765, 10.66308],
];

/** What the network takes for zero: red, green and blue. */
export const MEAN: readonly [number, number, number] = [117.001, 114.697, 97.404];

/** Numbers for each proposed box: x, y, width, height, score. */
export const PER_BOX = 5;
