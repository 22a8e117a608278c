/** What the folds have in common. */
import { dictionary } from '@gaiwan/errors';
import { meanAndDeviation } from '../kernels/statistics/column.ts';

/** The figures of a fold. */
export type Figures = Readonly<Record<string, unknown>>;

/** Counts, which have no mean. */
const NO_FIGURES: ReadonlySet<string> = new Set(['rows', 'trained_on', 'confusion', 'suppressed']);

/** Mean and deviation of each figure over the folds; null where a fold lacks it. */
export function summarize(folds: readonly Figures[]) {
  const mean = dictionary<number | null>();
  const sd = dictionary<number | null>();
  for (const name of Object.keys(folds[0] ?? {})) {
    if (NO_FIGURES.has(name)) continue;
    const values = folds.map((fold) => fold[name]).filter((value) => typeof value === 'number');
    const all = values.length === folds.length ? Float64Array.from(values) : new Float64Array(0);
    const told = meanAndDeviation(all);
    mean[name] = told.mean;
    sd[name] = told.sd;
  }
  return { mean, sd };
}
