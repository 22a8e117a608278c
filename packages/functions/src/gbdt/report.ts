/** What training tells of itself: in its result, or in its log where the result is Teaclave's. */
import type { Importance } from '../kernels/gbdt/tree.ts';
import type { Table } from '../kernels/table.ts';
import type { ModelTable } from '../tables/model-table.ts';
import type { Options } from './options.ts';

const SIGMOID = new Set(['RegLogistic', 'BinaryLogistic']);
const SQUARES = new Set(['BinaryLogitraw', 'MultiSoftprob', 'MultiSoftmax', 'RankPairwise']);

/** What the exact algorithm makes of losses that it does not know. */
export function warningsOf({ method, settings: { loss } }: Options): readonly string[] {
  if (method !== 'exact') return [];
  if (SIGMOID.has(loss)) {
    return [
      `This is no logistic model: Teaclave's exact algorithm fits squared errors for ${loss}, and prediction puts the logistic function over that. Take "tree_method" "hist" for probabilities.`,
    ];
  }
  if (SQUARES.has(loss)) {
    return [
      `Teaclave's exact algorithm fits squared errors for ${loss}. Take another loss, or "tree_method" "hist".`,
    ];
  }
  return [];
}

interface Training {
  readonly table: Table;
  readonly options: Options;
  readonly kept: ModelTable;
  readonly importance: Importance;
  readonly warnings: readonly string[];
}

/** The result: JSON. */
export function describeTraining({ table, options, kept, importance, warnings }: Training): string {
  const { names, rows, features } = table;
  const told = Array.from(importance.splits, (count, feature) => ({
    feature,
    ...(names && { name: names[feature] }),
    splits: count,
    gain: importance.gain[feature],
  }));
  return JSON.stringify({
    rows,
    features,
    tree_method: options.method,
    loss: options.settings.loss,
    columns_with_missing_values: kept.missing.length,
    ...(warnings.length > 0 && { warnings }),
    ...(options.importance && { importance: told }),
  });
}
