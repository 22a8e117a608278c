/** Labels are checked before anything is trained on them. */
import type { Numbers } from '../kernels/table.ts';
import { FunctionError } from '../refusal.ts';

export interface Labels {
  readonly low: number;
  readonly high: number;
  /** Whether numbers between both are labels, too. */
  readonly between: boolean;
  /** For a refusal: `the label must be 0 or 1`. */
  readonly text: string;
}

/** Any number. */
export const numberLabels: Labels = {
  low: Number.NEGATIVE_INFINITY,
  high: Number.POSITIVE_INFINITY,
  between: true,
  text: 'the label must be a number',
};

/**
 * `first`: of the first label, counted from 0.
 *
 * @throws FunctionError `unsuitable-data` with the row, counted from 1, but without the label, which may be another party's
 */
export function requireLabels(
  labels: Numbers | Float64Array,
  { low, high, between, text }: Labels,
  first = 0,
): void {
  for (let row = 0; row < labels.length; row++) {
    const label = labels[row] ?? Number.NaN;
    if (Number.isNaN(label)) {
      throw new FunctionError(
        'unsuitable-data',
        `Row ${first + row + 1}: the label is missing. Leave such rows out.`,
      );
    }
    if (label === low || label === high || (between && label > low && label < high)) continue;
    throw new FunctionError('unsuitable-data', `Row ${first + row + 1}: ${text}.`);
  }
}
