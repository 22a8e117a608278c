/** Cutting the values of a feature into at most 256 bins of about as many rows each. */
import { orderOf } from '../sort.ts';

/** Rows that cuts are chosen by; more make them no better. */
const SAMPLE = 200_000;

const { fround } = Math;

/** Every so many rows of the column, at most `SAMPLE`, in ascending order. */
function sampleInOrder(column: Float32Array<ArrayBuffer>): Float32Array<ArrayBuffer> {
  const step = Math.ceil(column.length / SAMPLE);
  const sample = new Float32Array(Math.ceil(column.length / Math.max(1, step)));
  for (let i = 0, row = 0; i < sample.length; i++, row += step) sample[i] = column[row];
  const sorted = new Float32Array(sample.length);
  for (const [i, row] of orderOf(sample).entries()) sorted[i] = sample[row];
  return sorted;
}

/** A threshold that tells two neighbours apart: `low < cut <= high`. */
function between(low: number, high: number): number {
  // Halves first: the sum of two large floats may be infinite.
  const middle = fround(low / 2 + high / 2);
  return middle > low ? middle : high;
}

/**
 * Ascending thresholds, at most `bins - 1`: a value's bin is how many of them it reaches. Every distinct value has
 * its own bin where there are few; else bins are filled evenly, and a value that many rows have stays in one.
 */
export function chooseCuts(column: Float32Array<ArrayBuffer>, bins: number): Float32Array<ArrayBuffer> {
  const sample = sampleInOrder(column);
  let distinct = sample.length > 0 ? 1 : 0;
  for (let i = 1; i < sample.length; i++) if (sample[i] !== sample[i - 1]) distinct++;
  const cuts: number[] = [];
  let filled = 0;
  let left = sample.length;
  for (let i = 1; i < sample.length && cuts.length < bins - 1; i++) {
    filled++;
    const low = sample[i - 1];
    const high = sample[i];
    if (low === high) continue;
    if (distinct > bins && filled < left / (bins - cuts.length)) continue;
    cuts.push(between(low, high));
    left -= filled;
    filled = 0;
  }
  return Float32Array.from(cuts);
}
