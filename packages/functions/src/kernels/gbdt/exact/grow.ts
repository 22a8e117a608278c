/** Growing one tree by the exact algorithm, over columns that were sorted once. */
import type { Random } from '../random.ts';
import { type Importance, MISSING, makeLeaf, type Node, type Settings } from '../tree.ts';
import { type Split, tryFeature } from './split.ts';
import { type Fitted, nodeValue } from './targets.ts';

/** Targets of a node closer than this to the first one are all the same. */
const SAME = 1e-5;

/** What stays the same from tree to tree. */
export interface Columns {
  readonly rows: number;
  readonly columns: readonly Float32Array<ArrayBuffer>[];
  /** By feature: all rows in ascending order of their values. */
  readonly orders: readonly Uint32Array<ArrayBuffer>[];
}

interface Waiting {
  readonly depth: number;
  readonly begin: number;
  readonly end: number;
  readonly parent: Node | undefined;
  readonly side: 'left' | 'right';
}

const GONE = 2;

export class Grower {
  readonly #data: Columns;
  readonly #settings: Settings;
  readonly #random: Random;
  readonly #importance: Importance;
  /** By feature, the rows of every node together, each node's in the order of the values. */
  readonly #orders: Uint32Array<ArrayBuffer>[];
  /** The same in the order of the rows. */
  #rows = new Uint32Array(0);
  readonly #scratch: Uint32Array<ArrayBuffer>;
  readonly #values: Float32Array<ArrayBuffer>;
  /** By row: 0 left, 1 right, `GONE`: the node's feature is not there. */
  readonly #sides: Uint8Array<ArrayBuffer>;

  constructor(data: Columns, settings: Settings, random: Random, importance: Importance) {
    this.#data = data;
    this.#settings = settings;
    this.#random = random;
    this.#importance = importance;
    this.#orders = data.orders.map((order) => new Uint32Array(order.length));
    this.#scratch = new Uint32Array(data.rows);
    this.#values = new Float32Array(data.rows);
    this.#sides = new Uint8Array(data.rows);
  }

  /**
   * Grows a tree on `sample` (rows, ascending). `onRows` gets the rows of every leaf, and those that fall out at a
   * node for want of a value, with the value that they get.
   */
  grow(
    sample: Uint32Array<ArrayBuffer>,
    fitted: Fitted,
    onRows: (rows: Uint32Array, value: number) => void,
  ): Node[] {
    this.#start(sample);
    const nodes: Node[] = [];
    const waiting: Waiting[] = [{ depth: 0, begin: 0, end: sample.length, parent: undefined, side: 'left' }];
    for (let next = waiting.pop(); next; next = waiting.pop()) {
      const { depth, begin, end, parent, side } = next;
      const { targets } = fitted;
      const value = nodeValue(this.#settings.loss, this.#rows.subarray(begin, end), fitted, this.#values);
      const node = makeLeaf(value);
      if (parent) parent[side] = nodes.length;
      nodes.push(node);
      const split = this.#mayEnd(depth, begin, end, targets) ? undefined : this.#split(begin, end, targets);
      const counts = split && this.#divide(begin, end, split);
      if (!split || !counts) {
        onRows(this.#rows.subarray(begin, end), value);
        continue;
      }
      const [left, right] = counts;
      Object.assign(node, { leaf: false, feature: split.feature, threshold: split.threshold });
      this.#count(split);
      const middle = begin + left;
      onRows(this.#rows.subarray(middle + right, end), value);
      waiting.push({ depth: depth + 1, begin: middle, end: middle + right, parent: node, side: 'right' });
      waiting.push({ depth: depth + 1, begin, end: middle, parent: node, side: 'left' });
    }
    return nodes;
  }

  #start(sample: Uint32Array<ArrayBuffer>): void {
    this.#rows = sample.slice();
    const all = sample.length === this.#data.rows;
    if (!all) {
      this.#sides.fill(0);
      for (const row of sample) this.#sides[row] = 1;
    }
    for (const [feature, order] of this.#orders.entries()) {
      const full = this.#data.orders[feature];
      if (all) order.set(full);
      else order.set(full.filter((row) => this.#sides[row] === 1));
    }
  }

  #mayEnd(depth: number, begin: number, end: number, targets: Float32Array): boolean {
    if (depth >= this.#settings.maxDepth || end - begin <= this.#settings.minLeafSize) return true;
    const first = targets[this.#rows[begin]];
    for (let i = begin + 1; i < end; i++) {
      if (Math.abs(Math.fround(first - targets[this.#rows[i]])) >= SAME) return false;
    }
    return true;
  }

  #split(begin: number, end: number, targets: Float32Array): Split | undefined {
    const { columns } = this.#data;
    const wanted = Math.floor(this.#settings.featureSampleRatio * columns.length);
    const tried = wanted < columns.length ? this.#random.sample(wanted, columns.length) : columns.keys();
    let best: Split | undefined;
    for (const feature of tried) {
      const column = columns[feature];
      best = tryFeature(
        { feature, column, order: this.#orders[feature].subarray(begin, end), targets },
        best,
      );
    }
    return best;
  }

  /** Puts the rows of both sides together, everywhere. Undefined, with nothing moved, if one side would be empty. */
  #divide(begin: number, end: number, { feature, threshold }: Split): readonly [number, number] | undefined {
    const column = this.#data.columns[feature];
    const counts: [number, number, number] = [0, 0, 0];
    for (let i = begin; i < end; i++) {
      const row = this.#rows[i];
      const value = column[row];
      const side = value === MISSING ? GONE : value < threshold ? 0 : 1;
      this.#sides[row] = side;
      counts[side]++;
    }
    const [left, right] = counts;
    // Where the mean of two neighbours is one of them. Teaclave would cut again and again until `max_depth`.
    if (left === 0 || right === 0) return undefined;
    for (const order of [this.#rows, ...this.#orders]) this.#arrange(order.subarray(begin, end), left, right);
    return [left, right];
  }

  /** Left, right, gone: each in the order they had. */
  #arrange(order: Uint32Array, left: number, right: number): void {
    const sides = this.#sides;
    const scratch = this.#scratch;
    let toLeft = 0;
    let toRight = 0;
    let toGone = right;
    for (let i = 0; i < order.length; i++) {
      const row = order[i];
      const side = sides[row];
      if (side === 0) order[toLeft++] = row;
      else if (side === 1) scratch[toRight++] = row;
      else scratch[toGone++] = row;
    }
    order.set(scratch.subarray(0, order.length - left), left);
  }

  #count({ feature, before, score }: Split): void {
    const { splits, gain } = this.#importance;
    splits[feature] = splits[feature] + 1;
    gain[feature] = gain[feature] + (before - score);
  }
}
