/** What the leaves of a tree that was grown over histograms add to the predictions. */
import type { Node } from '../tree.ts';
import { median } from './gradients.ts';
import type { Grown, Leaf } from './grow.ts';
import { MISSING_BIN } from './kernels.ts';
import type { Store } from './store.ts';

/** Predictions, and what they should be. */
export interface Progress {
  readonly labels: Float32Array;
  readonly predictions: Float32Array;
}

/** The leaf's value becomes the median of what is missing to its rows' labels: what least absolute deviation wants. */
export function fitMedian(
  { node, begin, end }: Leaf,
  order: Uint32Array,
  { labels, predictions }: Progress,
  scratch: Float32Array,
): void {
  for (let i = begin; i < end; i++) {
    const row = order[i];
    scratch[i - begin] = labels[row] - predictions[row];
  }
  node.pred = median(scratch, end - begin);
}

/** Adds the tree to the predictions of rows that it was not grown on: all but those of `sample` (ascending). */
export function addToOthers(
  { bins, features, rows }: Store,
  { nodes, lastLeft }: Grown,
  sample: Uint32Array,
  { predictions, stepOf }: { readonly predictions: Float32Array; readonly stepOf: (node: Node) => number },
): void {
  for (let row = 0, at = 0; row < rows; row++) {
    if (sample[at] === row) {
      at++;
      continue;
    }
    let index = 0;
    while (!nodes[index].leaf) {
      const { feature, left, right, missing } = nodes[index];
      const bin = bins[row * features + feature];
      const goesLeft = bin <= lastLeft[index] || (bin === MISSING_BIN && missing < 0);
      index = goesLeft ? left : right;
    }
    predictions[row] += stepOf(nodes[index]);
  }
}
