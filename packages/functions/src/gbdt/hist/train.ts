/**
 * Training for large data: values are sorted into at most 256 bins once, trees are grown over histograms of the
 * losses' first and second derivatives (as XGBoost's and LightGBM's histogram methods do).
 */

import { bestConstant, fillGradients, kindOf, middle } from '../../kernels/gbdt/hist/gradients.ts';
import { type Grown, HistogramGrower, type Leaf, type Regularization } from '../../kernels/gbdt/hist/grow.ts';
import { makeStore, type Store } from '../../kernels/gbdt/hist/store.ts';
import { Random } from '../../kernels/gbdt/random.ts';
import type { Importance, Model, Node, Settings } from '../../kernels/gbdt/tree.ts';
import type { Singles, Table } from '../../kernels/table.ts';
import { limits } from '../../limits.ts';
import { FunctionError } from '../../refusal.ts';

import { requirePresent } from './present.ts';

/** Levels that histograms are held for. */
export const DEEPEST = limits.histogramDepth.value;

export interface HistogramOptions extends Regularization {
  /** 2 to 256 */
  readonly maxBins: number;
  readonly seed: number;
}

/** The leaf's step becomes the median of what is missing to its rows' labels: what least absolute deviation wants. */
function fitMedian(
  leaf: Leaf,
  order: Uint32Array,
  labels: Float32Array,
  predictions: Float32Array,
  scratch: Float32Array,
) {
  const { node, begin, end } = leaf;
  for (let i = begin; i < end; i++) {
    const row = order[i] as number;
    scratch[i - begin] = (labels[row] as number) - (predictions[row] as number);
  }
  node.pred = middle(scratch, end - begin);
}

/** Adds the tree to the predictions of rows that it was not grown on. */
function addToOthers(
  store: Store,
  { nodes, lastLeft }: Grown,
  rows: Iterable<number>,
  steps: (node: Node) => number,
  predictions: Float32Array,
) {
  for (const row of rows) {
    let index = 0;
    for (let node = nodes[0]; node && !node.leaf; node = nodes[index]) {
      const bin = store.bins[row * store.features + node.feature] as number;
      index = bin <= (lastLeft[index] as number) ? node.left : node.right;
    }
    predictions[row] = (predictions[row] as number) + steps(nodes[index] as Node);
  }
}

function* others(sample: Uint32Array, rows: number): Generator<number, void, void> {
  for (let row = 0, at = 0; row < rows; row++) {
    if (sample[at] === row) at++;
    else yield row;
  }
}

/**
 * Trains on a table of floats of 32 bits, columns one after the other. Memory: 20 bytes a row and 1 for each value,
 * beside the table; 4096 bytes for each feature and level. Throws `FunctionError` for labels that do not suit the loss, for missing values,
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
  requirePresent(table);
  const { labels } = table;
  const bias = bestConstant(kind, loss, labels);
  const store = makeStore(table, options.maxBins, Math.min(settings.maxDepth, DEEPEST));
  const random = new Random(options.seed);
  const grower = new HistogramGrower(store, settings, options, random, importance);
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
    const step = ({ pred }: Node) => Math.fround(pred * shrinkage);
    for (const leaf of grown.leaves) {
      if (kind === 'absolute') fitMedian(leaf, store.order, labels, predictions, scratch);
      addToLeaf(leaf, step(leaf.node), store.order, predictions);
    }
    if (sample) addToOthers(store, grown, others(sample, store.rows), step, predictions);
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

function addToLeaf({ begin, end }: Leaf, step: number, order: Uint32Array, predictions: Float32Array): void {
  for (let i = begin; i < end; i++) {
    const row = order[i] as number;
    predictions[row] = (predictions[row] as number) + step;
  }
}
