/** From what the network says for each cell to faces. */
import { ANCHORS, CELL, PER_BOX } from './grid.ts';

/** In pixels of the picture; `score` is evidence (log-odds above `DOUBT`), summed over what was merged. */
export interface Face {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly score: number;
}

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
/**
 * Log-odds (natural) below which a box counts for nothing. Below even odds, so that a face which every level half
 * sees gets the score of one that a single level is sure of.
 */
const DOUBT = -1;
/** Beyond it a box would be larger than any picture. */
const MAX_LOG = 10;

/**
 * The boxes that may be a face. `values` are `ANCHORS.length * PER_BOX` planes of `rows` by
 * `columns`; `scale` is the level's.
 */
export function proposeFaces(values: Float32Array, rows: number, columns: number, scale: number): Face[] {
  const cells = rows * columns;
  const pixels = CELL / scale;
  const found: Face[] = [];
  ANCHORS.forEach(([wide, high], anchor) => {
    const planeAt = (i: number) => (anchor * PER_BOX + i) * cells;
    const [x, y, w, h, s] = [planeAt(0), planeAt(1), planeAt(2), planeAt(3), planeAt(4)];
    for (let cell = 0; cell < cells; cell++) {
      const score = values[s + cell] - DOUBT;
      if (!(score > 0)) continue;
      const width = Math.exp(Math.min(MAX_LOG, values[w + cell])) * wide * pixels;
      const height = Math.exp(Math.min(MAX_LOG, values[h + cell])) * high * pixels;
      const centerX = ((cell % columns) + sigmoid(values[x + cell])) * pixels;
      const centerY = (Math.floor(cell / columns) + sigmoid(values[y + cell])) * pixels;
      found.push({ x: centerX - width / 2, y: centerY - height / 2, width, height, score });
    }
  });
  return found;
}

/** Area that both cover, by the area that either covers. */
export function overlap(a: Face, b: Face): number {
  const width = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x);
  const height = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y);
  if (width <= 0 || height <= 0) return 0;
  return (width * height) / (a.width * a.height + b.width * b.height - width * height);
}

const SAME_FACE = 0.3;

/** Greedy: the best box takes those that overlap it, and adds up their scores, as Teaclave's detector does. */
export function mergeFaces(boxes: readonly Face[]): Face[] {
  let left = boxes.toSorted((a, b) => b.score - a.score);
  const faces: Face[] = [];
  for (let best = left[0]; best !== undefined; best = left[0]) {
    const kept = best;
    const same = left.filter((box) => box === kept || overlap(box, kept) > SAME_FACE);
    left = left.filter((box) => !same.includes(box));
    faces.push({ ...kept, score: same.reduce((sum, { score }) => sum + score, 0) });
  }
  return faces;
}
