/** Cutting the values of a feature into at most 256 bins of about as many rows each. */
import { orderOf } from '../sort.ts';
import { hasMissing, isMissing } from '../tree.ts';
import { MISSING_BIN } from './kernels.ts';

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

/**
 * The thresholds of a feature, as `chooseByRows` chooses them. Where values are missing, one bin is theirs, and a last
 * threshold above all values tells them from the rest (as XGBoost has it), unless it were beyond the floats.
 */
export function chooseCuts(column: Float32Array<ArrayBuffer>, bins: number): Float32Array<ArrayBuffer> {
  if (!hasMissing(column)) return chooseByRows(column, bins);
  const present = column.filter((value) => !isMissing(value));
  const cuts = chooseByRows(present, Math.min(bins, MISSING_BIN - 1));
  const highest = present.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY);
  const end = fround(highest + (Math.abs(highest) + 1e-5));
  return Number.isFinite(end) && end > highest ? Float32Array.of(...cuts, end) : cuts;
}

/**
 * Ascending thresholds, at most `bins - 1`: a value's bin is how many of them it reaches. Every distinct value has
 * its own bin where there are few; else bins are filled evenly, and a value that many rows have stays in one.
 */
function chooseByRows(column: Float32Array<ArrayBuffer>, bins: number): Float32Array<ArrayBuffer> {
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
    // The value itself, as XGBoost has it: models come out the same where all values have their bins.
    cuts.push(high);
    left -= filled;
    filled = 0;
  }
  return Float32Array.from(cuts);
}
