/** Which figures of a classification too few rows are behind: the argument `least_group`. */
import { dictionary } from '@gaiwan/errors';
import type { atThreshold } from '../kernels/metrics/classification.ts';

export type Figures = ReturnType<typeof atThreshold> & {
  readonly auc: number | null;
  readonly log_loss: number | null;
};

/** Of rows: those of each class, and those on each side of right and wrong. */
function sizesOf({ confusion }: Figures) {
  const { true_positive, false_positive, true_negative, false_negative } = confusion;
  return {
    cells: [true_positive, false_positive, true_negative, false_negative],
    classes: [true_positive + false_negative, true_negative + false_positive],
    verdicts: [true_positive + true_negative, false_positive + false_negative],
  };
}

/**
 * The figures, with null for those that fewer than `least` rows are behind, and `suppressed`, their names. Precision, recall
 * and F1 are quotients of the counts of `confusion`, so that they go where one of its counts does; accuracy is a quotient of
 * right and wrong rows; the area under the curve tells how many rows each class has. The log loss is a mean over all rows.
 * A count of 0 is below any `least`, too: that nobody was missed says something of everybody.
 */
export function suppressSmall(figures: Figures, least: number) {
  if (least <= 1) return figures;
  const { cells, classes, verdicts } = sizesOf(figures);
  const isSmall = (counts: readonly number[]) => counts.some((count) => count < least);
  const suppressed = [
    ...(isSmall(classes) ? ['auc'] : []),
    ...(isSmall(verdicts) ? ['accuracy'] : []),
    ...(isSmall(cells) ? ['precision', 'recall', 'f1', 'confusion'] : []),
  ];
  if (suppressed.length === 0) return figures;
  const told = Object.assign(dictionary<unknown>(), figures);
  for (const name of suppressed) told[name] = null;
  return { ...told, suppressed };
}
