/** A column's figures, as far as they are told. */
import { requireFiniteSums } from '../kernels/linalg/overflow.ts';
import {
  binCounts,
  extremeCounts,
  meanAndDeviation,
  rankOf,
  sortedValues,
  valueAt,
} from '../kernels/statistics/column.ts';
import type { Histogram } from './histograms.ts';
import { suppressBins, toldQuantiles } from './least-group.ts';

export interface Wanted {
  readonly quantiles: readonly number[];
  readonly histograms: readonly Histogram[];
  readonly least: number;
}

const nulls = (values: readonly unknown[]): number => values.filter((value) => value === null).length;

/** Nothing is told of a column with fewer values than `least`, not even how many there are. */
function describeNothing({ quantiles, histograms }: Wanted) {
  const none = { count: null, missing: null, mean: null, sd: null, min: null, max: null };
  return {
    ...none,
    ...(quantiles.length > 0 && { quantiles: quantiles.map(() => null) }),
    ...(histograms.length > 0 && {
      histograms: histograms.map(({ edges }) => ({
        edges,
        counts: edges.slice(1).map(() => null),
        below: null,
        above: null,
      })),
    }),
    suppressed: { columns: 1 },
  };
}

function describeExtremes(sorted: Float64Array, least: number) {
  if (sorted.length === 0) return { min: null, max: null, kept: 0 };
  const counts = extremeCounts(sorted);
  const min = counts.least < least ? null : (sorted[0] ?? null);
  const max = counts.most < least ? null : (sorted.at(-1) ?? null);
  return { min, max, kept: nulls([min, max]) };
}

function describeQuantiles(sorted: Float64Array, quantiles: readonly number[], least: number) {
  const count = sorted.length;
  const ranks = quantiles.map((quantile) => rankOf(quantile, count));
  const told = toldQuantiles(ranks, count, least);
  return ranks.map((rank, i) => (count > 0 && told[i] ? valueAt(sorted, rank) : null));
}

function describeHistogram(sorted: Float64Array, edges: readonly number[], least: number) {
  const all = suppressBins(binCounts(sorted, edges), least);
  return { told: { edges, counts: all.slice(1, -1), below: all[0], above: all.at(-1) }, kept: nulls(all) };
}

/**
 * The figures of a column with missing values (NaN).
 *
 * @throws FunctionError `unsuitable-data` for values whose squares are not finite
 */
export function describeColumn(column: Float64Array, wanted: Wanted) {
  const { quantiles, histograms, least } = wanted;
  const sorted = sortedValues(column);
  const count = sorted.length;
  if (least > 1 && count < least) return describeNothing(wanted);
  const { mean, sd } = meanAndDeviation(sorted);
  requireFiniteSums(mean ?? 0, sd ?? 0);
  const { min, max, kept: extremes } = describeExtremes(sorted, least);
  const values = describeQuantiles(sorted, quantiles, least);
  const counted = histograms.map(({ edges }) => describeHistogram(sorted, edges, least));
  const kept = {
    quantiles: count > 0 ? nulls(values) : 0,
    bins: counted.reduce((sum, one) => sum + one.kept, 0),
  };
  const suppressed = {
    ...(extremes > 0 && { extremes }),
    ...(kept.quantiles > 0 && { quantiles: kept.quantiles }),
    ...(kept.bins > 0 && { bins: kept.bins }),
  };
  return {
    count,
    missing: column.length - count,
    mean,
    sd,
    min,
    max,
    ...(quantiles.length > 0 && { quantiles: values }),
    ...(histograms.length > 0 && { histograms: counted.map(({ told }) => told) }),
    ...(Object.keys(suppressed).length > 0 && { suppressed }),
  };
}
