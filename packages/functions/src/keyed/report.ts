/** What a result says beside its answer: counts by party, and warnings. Never a value. */
import { counted } from '../text/counted.ts';
import { describeDifferences, type TraitSample } from './traits.ts';

/** A number and what it counts, in the singular: `[3, 'line']`. */
export type Count = readonly [count: number, what: string];

/** Words that are no nouns stay: `3 used`. */
const NOUN = /^(line|row)$/;

/** `3 lines`, `1 used`. */
function countText([count, what]: Count): string {
  return NOUN.test(what) ? counted(count, what) : `${count} ${what}`;
}

/**
 * `input_data0: 4 lines, 3 used, 1 blank`: the first two counts always, others where they are not 0.
 */
export function countsLine(name: string, counts: readonly Count[]): string {
  const told = counts.filter(([count], i) => i < 2 || count > 0);
  return `${name}: ${told.map(countText).join(', ')}`;
}

/**
 * What is warned of where nothing came out, or `few`, which is not told apart: parties whose lines gave nothing, and differences
 * between the parties' forms.
 */
export function emptyWarnings(
  used: readonly number[],
  samples: readonly TraitSample[],
  remedy: string,
  few = false,
): readonly string[] {
  const warnings = used.flatMap((count, i) =>
    count === 0 ? [`Warning: nothing of input_data${i} could be used.`] : [],
  );
  const differences = describeDifferences(samples);
  if (differences.length > 0) {
    warnings.push(
      `Warning: ${few ? 'few or no items are' : 'nothing is'} common to all, but only some of the inputs have ${differences.join('; ')}. ${remedy}`,
    );
  }
  return warnings;
}
