/**
 * The inner loops of histogram training. Two to three times as fast as the same loops over typed arrays,
 * as a gradient and a hessian are added in one instruction and no index is checked.
 */
import { Body, instantiate, type WasmMemory } from '../../wasm/module.ts';

/** Bins of a feature in a histogram, whether it uses them or not. */
export const BINS = 256;
/** Bytes of a bin: sum of gradients, sum of hessians (f64). */
const BIN_BYTES = 16;
/** Bytes of one feature's part of a histogram. */
export const FEATURE_BYTES = BINS * BIN_BYTES;
/** The bin of missing values, in features that have some; no value is in it then. */
export const MISSING_BIN = BINS - 1;
/** Features whose bins one loop over the rows fills. */
const BLOCK = 16;

export interface Kernels {
  /** Writes the bin of each value at `begin..end` (f32) to `into`, `into + features`, ... by the padded thresholds. */
  readonly assign: (begin: number, end: number, into: number) => void;
  /** Adds the rows `rows[begin..end]` (bytes) to the histogram; one per block of features. */
  readonly build: readonly ((begin: number, end: number, histogram: number) => void)[];
  /** `into = parent - child`, over `end - into` bytes. */
  readonly subtract: (parent: number, child: number, into: number, end: number) => void;
  /**
   * (begin, end, feature, most, shift): puts rows with a bin up to `most` of a feature before the others, in order; returns
   * where those begin. Bins are counted from `shift` on, around the last one: with 1 the missing values come first, and
   * `most` is one more.
   */
  readonly partition: (...args: number[]) => number;
  /** Looks for the best cut of a feature; `out` gets its gain (f64), and is left alone if that is not above `best`. */
  readonly scan: (...args: number[]) => number;
  /** The same from the right: what is in no bin up to `end`, the missing values, is on the left side. */
  readonly scanBack: (...args: number[]) => number;
}

/** Where things lie in the memory, in bytes. */
export interface Layout {
  readonly features: number;
  /** `BINS` ascending thresholds (f32) of one feature, padded with infinity. */
  readonly cuts: number;
  /** Row-major bins, one byte each. */
  readonly bins: number;
  /** Pairs of f32: gradient, hessian. */
  readonly gradients: number;
  /** As many words as there are rows. */
  readonly scratch: number;
}

/** A binary search of the same eight steps for every value, without a branch. */
function assign({ features, cuts }: Layout): Body {
  const [at, end, into, value, bin] = [0, 1, 2, 3, 4];
  const body = new Body(['i32', 'i32', 'i32'], ['f32', 'i32']);
  return body.whileBelow(at, end, () => {
    body.get(at).memory('f32.load').set(value);
    body.i32(0).set(bin);
    for (let step = Math.log2(BINS) - 1; step >= 0; step--) {
      // `bin` counts in thresholds of four bytes.
      body.get(bin, value, bin).memory('f32.load', cuts + (2 ** step - 1) * 4);
      body
        .op('f32.ge')
        .i32(step + 2)
        .op('i32.shl', 'i32.add')
        .set(bin);
    }
    body.get(into, bin).i32(2).op('i32.shr_u').memory('i32.store8');
    body.get(into).i32(features).op('i32.add').set(into);
    body.get(at).i32(4).op('i32.add').set(at);
  });
}

function build({ features, bins, gradients }: Layout, from: number): Body {
  const [at, end, histogram, row, place, pair, cell] = [0, 1, 2, 3, 4, 5, 6];
  const body = new Body(['i32', 'i32', 'i32'], ['i32', 'i32', 'v128', 'i32']);
  return body.whileBelow(at, end, () => {
    body.get(at).memory('i32.load').set(row);
    body.get(row).i32(3).op('i32.shl').memory('v128.load64_zero', gradients);
    body.op('f64x2.promote_low_f32x4').set(pair);
    body.get(row).i32(features).op('i32.mul').set(place);
    for (let feature = from; feature < Math.min(features, from + BLOCK); feature++) {
      const offset = feature * FEATURE_BYTES;
      body.get(place).memory('i32.load8_u', bins + feature);
      body.i32(4).op('i32.shl').get(histogram).op('i32.add').tee(cell);
      body.get(cell).memory('v128.load', offset).get(pair).op('f64x2.add').memory('v128.store', offset);
    }
    body.get(at).i32(4).op('i32.add').set(at);
  });
}

function subtract(): Body {
  const [parent, child, into, end] = [0, 1, 2, 3];
  const body = new Body(['i32', 'i32', 'i32', 'i32'], []);
  return body.whileBelow(into, end, () => {
    body.get(into, parent).memory('v128.load').get(child).memory('v128.load');
    body.op('f64x2.sub').memory('v128.store');
    for (const pointer of [parent, child, into]) body.get(pointer).i32(BIN_BYTES).op('i32.add').set(pointer);
  });
}

function partition({ features, bins, scratch }: Layout): Body {
  const [at, end, feature, most, shift, left, right, row, goes] = [0, 1, 2, 3, 4, 5, 6, 7, 8];
  const body = new Body(['i32', 'i32', 'i32', 'i32', 'i32'], ['i32', 'i32', 'i32', 'i32'], 'i32');
  body.get(at).set(left);
  body.i32(scratch).set(right);
  body.whileBelow(at, end, () => {
    body.get(at).memory('i32.load').set(row);
    body.get(row).i32(features).op('i32.mul').get(feature).op('i32.add').memory('i32.load8_u', bins);
    body
      .get(shift)
      .op('i32.add')
      .i32(BINS - 1)
      .op('i32.and');
    body.get(most).op('i32.le_u').i32(2).op('i32.shl').set(goes);
    // Written to both sides, and kept on one: no branch to mispredict.
    body.get(left, row).memory('i32.store').get(right, row).memory('i32.store');
    body.get(left, goes).op('i32.add').set(left);
    body.get(right).i32(4).op('i32.add').get(goes).op('i32.sub').set(right);
    body.get(at).i32(4).op('i32.add').set(at);
  });
  body.get(left).i32(scratch).get(right).i32(scratch).op('i32.sub', 'memory.copy');
  return body.get(left);
}

/**
 * (histogram, end, G, H, l2, least, best, out) -> the address of the last bin of the left side, 0 where no gain is
 * above `best`. Gain without the parent's part: GL^2 / (HL + l2) + GR^2 / (HR + l2). One side is added up, bin by bin, and
 * the other is the rest. Of equal cuts the first one in the direction of the scan is taken, as XGBoost takes it.
 */
function scan(from: 'left' | 'right'): Body {
  const [at, end, gradient, hessian, l2, least, best, out] = [0, 1, 2, 3, 4, 5, 6, 7];
  const [gAdded, hAdded, gRest, hRest, gain, found, bin] = [8, 9, 10, 11, 12, 13, 14];
  const body = new Body(
    ['i32', 'i32', 'f64', 'f64', 'f64', 'f64', 'f64', 'i32'],
    ['f64', 'f64', 'f64', 'f64', 'f64', 'i32', 'i32'],
    'i32',
  );
  const part = (g: number, h: number) => body.get(g, g).op('f64.mul').get(h, l2).op('f64.add', 'f64.div');
  const leftwards = from === 'right';
  body.get(leftwards ? end : at).set(bin);
  body.whileBelow(at, end, () => {
    body.get(gAdded, bin).memory('f64.load').op('f64.add').set(gAdded);
    body.get(hAdded, bin).memory('f64.load', 8).op('f64.add').set(hAdded);
    body.get(hessian, hAdded).op('f64.sub').set(hRest);
    body.get(hAdded, least).op('f64.ge').get(hRest, least).op('f64.ge', 'i32.and');
    if (leftwards) body.get(bin).i32(BIN_BYTES).op('i32.sub').set(bin);
    body.when(() => {
      body.get(gradient, gAdded).op('f64.sub').set(gRest);
      part(gAdded, hAdded);
      part(gRest, hRest).op('f64.add').tee(gain).get(best).op('f64.gt');
      body.when(() => {
        body.get(gain).set(best);
        body.get(bin).set(found);
      });
    });
    if (!leftwards) body.get(bin).i32(BIN_BYTES).op('i32.add').set(bin);
    body.get(at).i32(BIN_BYTES).op('i32.add').set(at);
  });
  body.get(out, best).memory('f64.store');
  return body.get(found);
}

export function makeKernels(layout: Layout, memory: WasmMemory): Kernels {
  const starts: number[] = [];
  for (let from = 0; from < layout.features; from += BLOCK) starts.push(from);
  const functions = instantiate(
    {
      assign: assign(layout),
      subtract: subtract(),
      partition: partition(layout),
      scan: scan('left'),
      scanBack: scan('right'),
      // oxlint-disable-next-line names/no-from-entries -- names of kernels, which are ours
      ...Object.fromEntries(starts.map((from) => [`build${from}`, build(layout, from)])),
    },
    memory,
  );
  const kernelOf = (name: string) => {
    const found = functions[name];
    if (!found) throw new Error(`no kernel ${name}`);
    return found;
  };
  return {
    build: starts.map((from) => kernelOf(`build${from}`)),
    assign: kernelOf('assign'),
    subtract: kernelOf('subtract'),
    partition: kernelOf('partition'),
    scan: kernelOf('scan'),
    scanBack: kernelOf('scanBack'),
  };
}
