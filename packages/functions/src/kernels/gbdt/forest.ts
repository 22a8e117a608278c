/** Prediction: walking all trees for many rows at a time. */
import type { NumberRows } from '../table.ts';
import { transform } from './loss.ts';
import { isMissing, type Model } from './tree.ts';

/** All trees one after the other; a leaf is its own child. */
export class Forest {
  /** Whether every cut says where missing values go. */
  readonly takesMissing: boolean;
  readonly #model: Model;
  readonly #roots: Uint32Array;
  readonly #feature: Uint32Array;
  readonly #threshold: Float32Array;
  /** What a node adds to the sum. */
  readonly #step: Float32Array;
  readonly #left: Int32Array;
  readonly #right: Int32Array;
  /** Where a missing value leads: the node itself to stay. */
  readonly #missing: Int32Array;

  constructor(model: Model) {
    const count = model.trees.reduce((sum, tree) => sum + tree.length, 0);
    this.#model = model;
    this.#roots = new Uint32Array(model.trees.length);
    this.#feature = new Uint32Array(count);
    this.#threshold = new Float32Array(count);
    this.#step = new Float32Array(count);
    this.#left = new Int32Array(count);
    this.#right = new Int32Array(count);
    this.#missing = new Int32Array(count);
    let takesMissing = true;
    let at = 0;
    for (const [number, tree] of model.trees.entries()) {
      this.#roots[number] = at;
      const base = at;
      for (const node of tree) {
        const [left, right] = node.leaf ? [at, at] : [base + node.left, base + node.right];
        this.#feature[at] = node.feature;
        this.#threshold[at] = node.threshold;
        this.#step[at] = node.pred * model.settings.shrinkage;
        this.#left[at] = left;
        this.#right[at] = right;
        this.#missing[at] = node.missing === 0 ? at : node.missing < 0 ? left : right;
        if (!node.leaf && node.missing === 0) takesMissing = false;
        at++;
      }
    }
    this.takesMissing = takesMissing;
  }

  /** The predictions (f32) for the rows of a batch, which have the model's columns. */
  predict({ values, rows, columns }: NumberRows): Float32Array {
    const sums = new Float32Array(rows).fill(this.#model.bias);
    for (const root of this.#roots) this.#addTree(root, values, columns, sums);
    const { loss } = this.#model.settings;
    return sums.map((sum) => transform(loss, sum));
  }

  #addTree(root: number, values: Float64Array, columns: number, sums: Float32Array): void {
    const [feature, threshold, left, right] = [this.#feature, this.#threshold, this.#left, this.#right];
    for (let row = 0, base = 0; row < sums.length; row++, base += columns) {
      let node = root;
      for (;;) {
        if (left[node] === node) break;
        const value = values[base + feature[node]];
        const next = isMissing(value)
          ? this.#missing[node]
          : value < threshold[node]
            ? left[node]
            : right[node];
        if (next === node) break;
        node = next;
      }
      sums[row] = sums[row] + this.#step[node];
    }
  }
}
