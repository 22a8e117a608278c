/** Growing one tree over histograms of gradients. */
import type { Random } from '../random.ts';
import { type Importance, makeLeaf, type Node, type Settings } from '../tree.ts';
import { FEATURE_BYTES, MISSING_BIN } from './kernels.ts';
import type { Store } from './store.ts';

export interface Regularization {
  /** Added to the sum of hessians of a leaf. */
  readonly l2: number;
  /** The least sum of hessians of a leaf. */
  readonly minChildWeight: number;
}

/** The sides that missing values may go to. */
const RIGHT = [1] as const;
const BOTH = [1, -1] as const;

/** Where the store has the hessians of a feature's missing values, whose histogram begins at that address. */
const hessianOfMissing = (histogram: number): number => (histogram + 16 * MISSING_BIN) / 8 + 1;

/** A gain has to be above rounding. */
const LEAST_GAIN = 1e-10;

export interface Leaf {
  readonly node: Node;
  /** Of the store's order. */
  readonly begin: number;
  readonly end: number;
}

export interface Grown {
  readonly nodes: Node[];
  readonly leaves: readonly Leaf[];
  /** By node that is no leaf: the last bin of its left side. */
  readonly lastLeft: readonly number[];
}

interface Waiting {
  readonly depth: number;
  readonly begin: number;
  readonly end: number;
  readonly gradient: number;
  readonly hessian: number;
  /** Address of the node's histogram; 0 where it will be a leaf. */
  readonly histogram: number;
  readonly parent: Node | undefined;
  readonly side: 'left' | 'right';
}

/** A node's rows divided in two, for children of that depth. */
interface Division {
  readonly depth: number;
  readonly begin: number;
  readonly middle: number;
  readonly end: number;
}

interface Cut {
  readonly feature: number;
  /** The last one of the left side. */
  readonly bin: number;
  /** Where rows without a value go: -1 left, 1 right, also where the node has none. */
  readonly missing: -1 | 1;
  readonly gain: number;
  readonly gradient: number;
  readonly hessian: number;
}

/** What decides how trees grow, and what is noted of them. */
export interface Growth {
  readonly settings: Settings;
  readonly rules: Regularization;
  readonly random: Random;
  readonly importance: Importance;
}

export class HistogramGrower {
  readonly #store: Store;
  readonly #settings: Settings;
  readonly #rules: Regularization;
  readonly #random: Random;
  readonly #importance: Importance;
  readonly #free: number[];

  constructor(store: Store, { settings, rules, random, importance }: Growth) {
    this.#store = store;
    this.#settings = settings;
    this.#rules = rules;
    this.#random = random;
    this.#importance = importance;
    this.#free = [...store.histograms];
  }

  /** Grows a tree on the first `count` rows of the store's order, which are reordered. */
  grow(count: number): Grown {
    const nodes: Node[] = [];
    const leaves: Leaf[] = [];
    const lastLeft: number[] = [];
    const waiting = [this.#root(count)];
    for (let next = waiting.pop(); next; next = waiting.pop()) {
      const { depth, begin, end, gradient, hessian, histogram, parent, side } = next;
      const divisor = hessian + this.#rules.l2;
      const node = makeLeaf(divisor > 0 ? Math.fround(-gradient / divisor) : 0);
      const index = nodes.push(node) - 1;
      if (parent) parent[side] = index;
      const cut = histogram === 0 ? undefined : this.#bestCut(next);
      const middle = cut ? this.#divide(begin, end, cut) : begin;
      if (!cut || middle === begin || middle === end) {
        if (histogram !== 0) this.#free.push(histogram);
        leaves.push({ node, begin, end });
        continue;
      }
      lastLeft[index] = cut.bin;
      node.leaf = false;
      node.feature = cut.feature;
      node.missing = cut.missing;
      node.threshold = this.#store.cuts[cut.feature][cut.bin];
      this.#noteCut(cut);
      const [left, right] = this.#histograms({ depth: depth + 1, begin, middle, end }, histogram);
      const rest = { gradient: gradient - cut.gradient, hessian: hessian - cut.hessian };
      waiting.push({
        depth: depth + 1,
        begin: middle,
        end,
        ...rest,
        histogram: right,
        parent: node,
        side: 'right',
      });
      const { gradient: g, hessian: h } = cut;
      waiting.push({
        depth: depth + 1,
        begin,
        end: middle,
        gradient: g,
        hessian: h,
        histogram: left,
        parent: node,
        side: 'left',
      });
    }
    return { nodes, leaves, lastLeft };
  }

  #root(count: number): Waiting {
    const { pairs, order } = this.#store;
    let gradient = 0;
    let hessian = 0;
    for (let i = 0; i < count; i++) {
      const row = order[i];
      gradient += pairs[2 * row];
      hessian += pairs[2 * row + 1];
    }
    const histogram = this.#mayDivide(0, count) ? this.#build(0, count) : 0;
    return { depth: 0, begin: 0, end: count, gradient, hessian, histogram, parent: undefined, side: 'left' };
  }

  #mayDivide(depth: number, count: number): boolean {
    return depth < this.#settings.maxDepth && count > this.#settings.minLeafSize && count > 1;
  }

  #build(begin: number, end: number): number {
    const { doubles, orderAt, kernels, features } = this.#store;
    const histogram = this.#free.pop();
    if (histogram === undefined) throw new Error('more histograms in use than levels');
    doubles.fill(0, histogram / 8, (histogram + features * FEATURE_BYTES) / 8);
    for (const build of kernels.build) build(orderAt + 4 * begin, orderAt + 4 * end, histogram);
    return histogram;
  }

  /** Those of both children, out of the parent's: only the smaller one's rows are read. */
  #histograms({ depth, begin, middle, end }: Division, parent: number): [number, number] {
    const left = this.#mayDivide(depth, middle - begin);
    const right = this.#mayDivide(depth, end - middle);
    if (!left && !right) {
      this.#free.push(parent);
      return [0, 0];
    }
    const leftIsSmaller = middle - begin <= end - middle;
    const small = leftIsSmaller ? this.#build(begin, middle) : this.#build(middle, end);
    const bytes = this.#store.features * FEATURE_BYTES;
    this.#store.kernels.subtract(parent, small, parent, parent + bytes);
    const both: [number, number] = leftIsSmaller ? [small, parent] : [parent, small];
    if (!left) this.#free.push(both[0]);
    if (!right) this.#free.push(both[1]);
    return [left ? both[0] : 0, right ? both[1] : 0];
  }

  #bestCut({ gradient, hessian, histogram }: Waiting): Cut | undefined {
    const { cuts, missing, features, kernels, doubles, out } = this.#store;
    const { l2, minChildWeight } = this.#rules;
    const own = hessian + l2 > 0 ? (gradient * gradient) / (hessian + l2) : 0;
    const wanted = Math.floor(this.#settings.featureSampleRatio * features);
    const tried = wanted < features ? this.#random.sample(wanted, features) : undefined;
    let best = own + own * LEAST_GAIN;
    let feature = -1;
    let found = 0;
    let side: -1 | 1 = 1;
    for (let i = 0; i < (tried ? wanted : features); i++) {
      const one = tried ? tried[i] : i;
      const from = histogram + one * FEATURE_BYTES;
      const end = from + 16 * cuts[one].length;
      for (const way of missing[one] > 0 && doubles[hessianOfMissing(from)] > 0 ? BOTH : RIGHT) {
        const scan = way < 0 ? kernels.scanBack : kernels.scan;
        const at = scan(from, end, gradient, hessian, l2, minChildWeight, best, out);
        if (at === 0) continue;
        best = doubles[out / 8];
        feature = one;
        found = at >>> 0;
        side = way;
      }
    }
    if (feature < 0) return undefined;
    const from = histogram + feature * FEATURE_BYTES;
    const absent = hessianOfMissing(from);
    const sums =
      side < 0 ? { gradient: doubles[absent - 1], hessian: doubles[absent] } : { gradient: 0, hessian: 0 };
    for (let at = from; at <= found; at += 16) {
      sums.gradient += doubles[at / 8];
      sums.hessian += doubles[at / 8 + 1];
    }
    return { feature, bin: (found - from) / 16, missing: side, gain: best - own, ...sums };
  }

  #divide(begin: number, end: number, { feature, bin, missing }: Cut): number {
    const { kernels, orderAt } = this.#store;
    const shift = missing < 0 ? 1 : 0;
    const [from, to] = [orderAt + 4 * begin, orderAt + 4 * end];
    return ((kernels.partition(from, to, feature, bin + shift, shift) >>> 0) - orderAt) / 4;
  }

  #noteCut({ feature, gain: more }: Cut): void {
    const { splits, gain } = this.#importance;
    splits[feature] = splits[feature] + 1;
    gain[feature] = gain[feature] + more;
  }
}
