/** Trees and models, as training makes and prediction walks them. */
import type { Loss } from './loss.ts';

/** A node. Where `leaf` is false, rows whose `feature` is below `threshold` (f32) go left. */
export interface Node {
  feature: number;
  threshold: number;
  /** f32 */
  pred: number;
  /** Where a row goes whose value is missing: -1 left, 1 right, 0: the node's own `pred` counts. */
  missing: -1 | 0 | 1;
  leaf: boolean;
  /** Indices in the tree, above the node's own; 0: none. */
  left: number;
  right: number;
}

export type Tree = readonly Readonly<Node>[];

/** The smallest finite float of 32 bits stands for a value that is not there. */
export const MISSING = -3.4028234663852886e38;

/** Whether a value is not there: it is NaN, or the number that Teaclave's library takes for it. */
export const isMissing = (value: number): boolean => Number.isNaN(value) || value === MISSING;

/** Whether a column has missing values. A plain loop: columns are millions of values long. */
export function hasMissing(column: Float32Array | Float64Array): boolean {
  for (let row = 0; row < column.length; row++) if (isMissing(column[row])) return true;
  return false;
}

export const makeLeaf = (pred: number): Node => ({
  feature: 0,
  threshold: 0,
  pred,
  missing: 0,
  leaf: true,
  left: 0,
  right: 0,
});

/** The arguments of training that a model carries along. */
export interface Settings {
  readonly features: number;
  readonly maxDepth: number;
  readonly iterations: number;
  /** f32 */
  readonly shrinkage: number;
  readonly featureSampleRatio: number;
  readonly dataSampleRatio: number;
  readonly minLeafSize: number;
  readonly loss: Loss;
  readonly optimizationLevel: number;
}

export interface Model {
  readonly settings: Settings;
  readonly trees: readonly Tree[];
  /** f32 */
  readonly bias: number;
}

/** What training tells beside the model: by feature, how often it splits and what that gained in all. */
export interface Importance {
  readonly splits: Float64Array;
  readonly gain: Float64Array;
}
