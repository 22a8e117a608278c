/**
 * Training for large data: values are sorted into at most 256 bins once, trees are grown over histograms of the
 * losses' first and second derivatives (as XGBoost's and LightGBM's histogram methods do). Each cut learns which way rows
 * without a value go: the better one (XGBoost's sparsity-aware splits).
 */

import { bestConstant, fillGradients, kindOf } from '../../kernels/gbdt/hist/gradients.ts';
import { HistogramGrower, type Regularization } from '../../kernels/gbdt/hist/grow.ts';
import { addToOthers, fitMedian } from '../../kernels/gbdt/hist/leaves.ts';
import { makeStore } from '../../kernels/gbdt/hist/store.ts';
import { addToRows } from '../../kernels/gbdt/predictions.ts';
import { Random } from '../../kernels/gbdt/random.ts';
import type { Importance, Model, Node, Settings } from '../../kernels/gbdt/tree.ts';
import type { Singles, Table } from '../../kernels/table.ts';
import { limits } from '../../limits.ts';
import { FunctionError } from '../../refusal.ts';

/** Levels that histograms are held for. */
export const DEEPEST = limits.histogramDepth.value;

export interface HistogramOptions extends Regularization {
  /** 2 to 256 */
  readonly maxBins: number;
  readonly seed: number;
}

/**
 * Trains on a table of floats of 32 bits, columns one after the other. Memory: 20 bytes a row and 1 for each value,
 * beside the table; 4096 bytes for each feature and level. Throws `FunctionError` for labels that do not suit the loss,
 * and for what does not fit in 4 GiB.
 */
export function trainHistogram(
  table: Table<Singles>,
  settings: Settings,
  options: HistogramOptions,
  importance: Importance,
): Model {
  const { loss, iterations, shrinkage, dataSampleRatio } = settings;
  const kind = kindOf(loss);
  const { labels } = table;
  const bias = bestConstant(kind, loss, labels);
  const store = makeStore(table, options.maxBins, Math.min(settings.maxDepth, DEEPEST));
  const random = new Random(options.seed);
  const grower = new HistogramGrower(store, { settings, rules: options, random, importance });
  const predictions = new Float32Array(store.rows).fill(bias);
  const scratch = new Float32Array(kind === 'absolute' ? store.rows : 0);
  const wanted = Math.floor(dataSampleRatio * store.rows);
  const trees: Node[][] = [];
  for (let i = 0; i < iterations; i++) {
    const sample = wanted < store.rows ? random.sample(wanted, store.rows) : undefined;
    if (sample) store.order.set(sample);
    else for (let row = 0; row < store.rows; row++) store.order[row] = row;
    fillGradients(kind, labels, predictions, store.pairs);
    const grown = grower.grow(sample ? wanted : store.rows);
    const stepOf = ({ pred }: Node) => Math.fround(pred * shrinkage);
    for (const leaf of grown.leaves) {
      if (kind === 'absolute') fitMedian(leaf, store.order, { labels, predictions }, scratch);
      addToRows(predictions, store.order.subarray(leaf.begin, leaf.end), stepOf(leaf.node));
    }
    if (sample) addToOthers(store, grown, sample, { predictions, stepOf });
    if (!grown.nodes.every(({ pred }) => Number.isFinite(pred))) {
      throw new FunctionError(
        'unsuitable-data',
        'A tree got a value that is no number: the labels are too large for 32 bits.',
      );
    }
    trees.push(grown.nodes);
  }
  return { settings, trees, bias };
}
