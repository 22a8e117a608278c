/** Which figures too few rows are behind: the argument `least_group`. */
import { dictionary } from '@gaiwan/errors';
import type { atThreshold } from '../kernels/metrics/classification.ts';
import { FunctionError } from '../refusal.ts';

export type Figures = ReturnType<typeof atThreshold> & {
  readonly auc: number | null;
  readonly log_loss: number | null;
};

/**
 * The figures, with null for those that fewer than `least` rows are behind, and `suppressed`, their names. Precision, recall
 * and F1 are quotients of the counts of `confusion`, so that they go where one of its counts does. So do the area under the
 * curve and the log loss: of predictions of 0 and 1 they tell those counts, too. Accuracy is a quotient of right and wrong rows.
 * A count of 0 is below any `least`, too: that nobody was missed says something of everybody.
 */
export function suppressSmall(figures: Figures, least: number) {
  const { true_positive, false_positive, true_negative, false_negative } = figures.confusion;
  const isSmall = (...counts: readonly number[]) => counts.some((count) => count < least);
  if (least <= 1 || !isSmall(true_positive, false_positive, true_negative, false_negative)) return figures;
  const suppressed = [
    'auc',
    'log_loss',
    ...(isSmall(true_positive + true_negative, false_positive + false_negative) ? ['accuracy'] : []),
    'precision',
    'recall',
    'f1',
    'confusion',
  ];
  const told = Object.assign(dictionary<unknown>(), figures);
  for (const name of suppressed) told[name] = null;
  return { ...told, suppressed };
}

/**
 * Errors of labels or predictions that are one of two values are counts of rows, and `r2` of two labels tells how many have each.
 *
 * @throws FunctionError `unsuitable-data`
 */
export function refuseTwoValues(columns: Readonly<Record<string, Float64Array>>): void {
  for (const [name, values] of Object.entries(columns)) {
    const [first] = values;
    const second = values.find((value) => value !== first);
    if (values.some((value) => value !== first && value !== second)) continue;
    throw new FunctionError(
      'unsuitable-data',
      `The ${name} take two values at most: with "least_group" their errors would tell how many rows have which. For classes, take "task": "classification".`,
    );
  }
}
