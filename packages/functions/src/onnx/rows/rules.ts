/**
 * Operators that keep rows apart, and what must hold so that they do. A rule gives the sizes of the outputs, each of which is rows
 * again; undefined: it cannot say so. Semantics are those of ONNX's Operators.md; what is not listed here keeps nothing.
 */
import { type Call, type Dims, type Flat, innerAxes, innerAxis, productOf, type State } from './state.ts';

export type Rule = (call: Call) => readonly (Dims | Flat)[] | undefined;

/** Element by element; the other inputs are constants that hold for all elements. */
const elementwise: Rule = (call) => {
  const [first] = call.inputs;
  const kept = first?.kind === 'flat' ? first : call.rows(0);
  const others = call.inputs.slice(1);
  const areScalars = others.every(
    (state) =>
      state === undefined || (state.kind === 'constant' && productOf(state.dims ?? [undefined]) === 1),
  );
  return kept && areScalars ? [kept] : undefined;
};

/** Element by element with numpy's broadcasting: no other input may have sizes along the rows. */
const broadcast: Rule = ({ inputs }) => {
  const ranks = inputs.map((state) => state?.dims?.length);
  const rank = Math.max(0, ...ranks.map((one) => one ?? 0));
  const fits = inputs.every((state) => {
    if (!state?.dims) return false;
    if (state.kind !== 'constant') return state.kind === 'rows' && state.dims.length === rank;
    return state.dims.length < rank || state.dims[0] === 1;
  });
  if (!fits || rank === 0) return undefined;
  const dims = Array.from({ length: rank }, (_, axis) =>
    inputs.reduce<number | undefined>((size, state) => {
      const own = state?.dims ?? [];
      const at = axis - (rank - own.length);
      const one = at < 0 ? 1 : own[at];
      return one === 1 ? size : one;
    }, 1),
  );
  return [dims];
};

const matMul: Rule = (call) => {
  const [left, right] = call.inputs;
  const [a, b] = [left?.dims, right?.dims];
  if (!a || !b) return undefined;
  const rank = Math.max(a.length, b.length);
  if (left?.kind === 'flat' || right?.kind === 'flat') return undefined;
  const isBatch = (state: typeof left, dims: Dims): boolean =>
    state?.kind === 'rows'
      ? dims.length === rank && rank >= 3
      : dims.length < rank || (rank >= 3 && dims[0] === 1);
  const isPlain = left?.kind === 'rows' && a.length === 2 && right?.kind === 'constant' && b.length === 2;
  if (!isPlain && !(rank >= 3 && isBatch(left, a) && isBatch(right, b) && Math.min(a.length, b.length) >= 2))
    return undefined;
  const [count] = call.rows(0) ?? call.rows(1) ?? [];
  const longer = a.length >= b.length ? a : b;
  const batch = rank === 2 ? [] : longer.slice(1, -2);
  return [rank === 2 ? [count, b.at(-1)] : [count, ...batch, a.at(-2), b.at(-1)]];
};

const gemm: Rule = (call) => {
  const a = call.rows(0);
  const weights = call.inputs[1];
  if (a?.length !== 2 || weights?.kind !== 'constant' || call.int('transA', 0) !== 0) return undefined;
  const bias = call.inputs[2];
  const isApart =
    bias === undefined ||
    (bias.kind === 'constant'
      ? bias.dims !== undefined && (bias.dims.length < 2 || bias.dims[0] === 1)
      : bias.kind === 'rows' && bias.dims.length === 2);
  return isApart ? [[a[0], weights.dims?.[call.int('transB', 0) === 0 ? 1 : 0]]] : undefined;
};

/** Sums, means, ... along other axes than the rows. */
const reduction: Rule = (call) => {
  const dims = call.rows(0);
  const axes = innerAxes(call.axes('axes', 1), dims?.length ?? 0);
  if (!dims || !axes) return undefined;
  if (call.int('keepdims', 1) !== 0) return [dims.map((size, axis) => (axes.includes(axis) ? 1 : size))];
  return [dims.filter((_, axis) => !axes.includes(axis))];
};

const argument: Rule = (call) => {
  const dims = call.rows(0);
  const axis = innerAxis(call.int('axis', 0), dims?.length ?? 0);
  if (!dims || axis === undefined) return undefined;
  if (call.int('keepdims', 1) !== 0) return [dims.with(axis, 1)];
  return [dims.filter((_, at) => at !== axis)];
};

/** A constant without an axis along the rows. */
const isShorter =
  (dims: Dims) =>
  (state: State | undefined): boolean =>
    state === undefined ||
    (state.kind === 'constant' && state.dims !== undefined && state.dims.length < dims.length);

/** Along one axis, which is not the rows'. */
const along =
  (otherwise: (opset: number) => number): Rule =>
  (call) => {
    const dims = call.rows(0);
    const axis = innerAxis(call.int('axis', otherwise(call.opset)), dims?.length ?? 0);
    return dims && axis !== undefined && call.inputs.slice(1).every(isShorter(dims)) ? [dims] : undefined;
  };

/** Of operators whose outputs have other sizes along the axis. */
const resized: Rule = (call) => {
  const dims = call.rows(0);
  const axis = innerAxis(call.int('axis', call.node.op === 'TopK' ? -1 : 0), dims?.length ?? 0);
  if (!dims || axis === undefined || !call.areConstant(1)) return undefined;
  return call.node.outputs.map(() => dims.with(axis, undefined));
};

const concat: Rule = (call) => {
  const all = call.inputs.map((_, i) => call.rows(i));
  const [first] = all;
  const axis = innerAxis(call.int('axis', 0), first?.length ?? 0);
  if (!first || axis === undefined || all.some((dims) => dims?.length !== first.length)) return undefined;
  const size = all.reduce<number | undefined>((sum, dims) => {
    const one = dims?.[axis];
    return sum === undefined || one === undefined ? undefined : sum + one;
  }, 0);
  return [first.with(axis, size)];
};

const flatten: Rule = (call) => {
  const dims = call.rows(0);
  return dims && call.int('axis', 1) === 1 ? [[dims[0], productOf(dims.slice(1))]] : undefined;
};

const reshape: Rule = (call) => {
  const [data] = call.inputs;
  const shape = call.axes('shape', 1);
  if (!data || data.kind === 'constant' || !shape || shape.length === 0 || call.int('allowzero', 0) !== 0)
    return undefined;
  const { dims, kind } = data;
  if (kind === 'flat' && shape.includes(0)) return undefined;
  const [first, ...others] = shape.map((size, axis) => (size === 0 ? dims[axis] : size));
  const sizes = others.map((size) => (size === -1 ? undefined : size));
  const width = productOf(dims.slice(1));
  const isWhole = width !== undefined && productOf(sizes) === width;
  // 0 copies the number of rows; -1 works it out from the sizes of a row; a number is that of a model for so many.
  const keeps = shape[0] === 0 || (first === -1 ? isWhole : first !== undefined && first === dims[0]);
  return keeps ? [[dims[0], ...sizes]] : undefined;
};

const squeeze: Rule = (call) => {
  const dims = call.rows(0);
  const axes = innerAxes(call.axes('axes', 1), dims?.length ?? 0);
  return dims && axes ? [dims.filter((_, axis) => !axes.includes(axis))] : undefined;
};

const unsqueeze: Rule = (call) => {
  const dims = call.rows(0);
  const given = call.axes('axes', 1);
  if (!dims || !given) return undefined;
  const rank = dims.length + given.length;
  const axes = innerAxes(given, rank);
  if (!axes) return undefined;
  const left = [...dims];
  return [Array.from({ length: rank }, (_, axis) => (axes.includes(axis) ? 1 : left.shift()))];
};

const transpose: Rule = (call) => {
  const dims = call.rows(0);
  const order = call.ints('perm');
  return dims && order?.[0] === 0 && order.length === dims.length
    ? [order.map((axis) => dims[axis])]
    : undefined;
};

const gather: Rule = (call) => {
  const [data, indices] = call.inputs;
  if (!data?.dims || !indices?.dims) return undefined;
  const given = call.int('axis', 0);
  if (data.kind === 'flat' || indices.kind === 'flat') return undefined;
  if (data.kind === 'constant') {
    const isTable = given === 0 && indices.kind === 'rows';
    return isTable ? [[...indices.dims, ...data.dims.slice(1)]] : undefined;
  }
  const axis = innerAxis(given, data.dims.length);
  if (axis === undefined || indices.kind === 'rows') return undefined;
  return [[...data.dims.slice(0, axis), ...indices.dims, ...data.dims.slice(axis + 1)]];
};

const slice: Rule = (call) => {
  const dims = call.rows(0);
  const axes = innerAxes(call.axes('axes', 3), dims?.length ?? 0);
  if (!dims || !axes || !call.areConstant(1)) return undefined;
  const [starts, ends, steps] = [call.axes('starts', 1), call.axes('ends', 2), call.axes('steps', 4)];
  const isPlain = steps === undefined || steps.every((step) => step === 1);
  return [
    dims.map((size, axis) => {
      const i = axes.indexOf(axis);
      if (i < 0) return size;
      return isPlain ? sliceSize(size, starts?.[i], ends?.[i]) : undefined;
    }),
  ];
};

function sliceSize(
  size: number | undefined,
  start: number | undefined,
  end: number | undefined,
): number | undefined {
  if (size === undefined || start === undefined || end === undefined) return undefined;
  const within = (at: number) => Math.min(size, Math.max(0, at < 0 ? at + size : at));
  return Math.max(0, within(end) - within(start));
}

/** Filters, pools and norms of pictures: the first axis is a batch by definition. */
const picture: Rule = (call) => {
  const dims = call.rows(0);
  if (!dims || dims.length < 3 || !call.areConstant(1)) return undefined;
  return [[dims[0], ...dims.slice(1).map(() => undefined)]];
};

/** Norms by constants of each channel. In training they look at the batch, and have more outputs. */
const batchNorm: Rule = (call) => {
  const dims = call.rows(0);
  const isInference = call.int('training_mode', 0) === 0 && call.node.outputs.length === 1;
  return dims && dims.length >= 2 && isInference && call.areConstant(1) ? [dims] : undefined;
};

const dropout: Rule = (call) => {
  const dims = call.rows(0);
  return dims && call.inputs.length === 1 && call.node.outputs.length === 1 ? [dims] : undefined;
};

/** ai.onnx.ml: tables of [rows, columns]; what has one axis is one row there. */
const table =
  (...outputs: readonly ((dims: Dims, call: Call) => Dims)[]): Rule =>
  (call) => {
    const dims = call.rows(0);
    return dims?.length === 2 && call.areConstant(1) ? outputs.map((of) => of(dims, call)) : undefined;
  };
const labels = (dims: Dims): Dims => [dims[0]];
const scores = (dims: Dims): Dims => [dims[0], undefined];
const same = (dims: Dims): Dims => dims;
/** The first of these attributes that has entries says how many columns there are. */
const counted =
  (...names: readonly string[]) =>
  (dims: Dims, call: Call): Dims => [
    dims[0],
    names.map((name) => call.count(name)).find((count) => count > 0),
  ];
const targets =
  (name: string) =>
  (dims: Dims, call: Call): Dims => [dims[0], call.int(name, 1)];

const features: Rule = (call) => {
  const all = call.inputs.map((_, i) => call.rows(i));
  return all.every((dims) => dims?.length === 2) ? [[all[0]?.[0], undefined]] : undefined;
};

const oneHot: Rule = (call) => {
  const dims = call.rows(0);
  return dims && [[...dims, call.count('cats_strings') || call.count('cats_int64s') || undefined]];
};

/** Along the last axis: columns of rows, or a list of constants looked up by rows of indices. */
const featureExtractor: Rule = (call) => {
  const [data, indices] = call.inputs;
  const dims = call.rows(0);
  if (dims) {
    if (dims.length < 2 || indices?.kind !== 'constant') return undefined;
    return [[...dims.slice(0, -1), indices.dims && productOf(indices.dims)]];
  }
  const isList = data?.kind === 'constant' && data.dims && productOf(data.dims) === data.dims.at(-1);
  return isList && indices?.kind === 'rows' ? [{ kind: 'flat', dims: indices.dims }] : undefined;
};

const ELEMENTWISE =
  'Abs Acos Acosh Asin Asinh Atan Atanh BitwiseNot Cast Ceil Celu Clip Cos Cosh Elu Erf Exp Floor Gelu HardSigmoid HardSwish Identity IsInf IsNaN LeakyRelu Log Mish Neg Not Reciprocal Relu Round Selu Shrink Sigmoid Sign Sin Sinh Softplus Softsign Sqrt Swish Tan Tanh ThresholdedRelu DequantizeLinear QuantizeLinear';
const BROADCAST =
  'Add And BitShift BitwiseAnd BitwiseOr BitwiseXor Div Equal Greater GreaterOrEqual Less LessOrEqual Max Mean Min Mod Mul Or PRelu Pow Sub Sum Where Xor';
const REDUCTIONS =
  'ReduceL1 ReduceL2 ReduceLogSum ReduceLogSumExp ReduceMax ReduceMean ReduceMin ReduceProd ReduceSum ReduceSumSquare';
const PICTURES =
  'AveragePool Conv ConvTranspose DepthToSpace GlobalAveragePool GlobalLpPool GlobalMaxPool InstanceNormalization LRN LpPool MaxPool SpaceToDepth';

const each = (ops: string, rule: Rule): (readonly [string, Rule])[] => ops.split(' ').map((op) => [op, rule]);

/** By domain and operator. */
export const RULES: ReadonlyMap<string, ReadonlyMap<string, Rule>> = new Map([
  [
    '',
    new Map([
      ...each(ELEMENTWISE, elementwise),
      ...each(BROADCAST, broadcast),
      ...each(REDUCTIONS, reduction),
      ...each(PICTURES, picture),
      ...each('ArgMax ArgMin', argument),
      // Until opset 12 all axes from the first one on were one.
      ...each(
        'Hardmax LogSoftmax Softmax',
        along((opset) => (opset < 13 ? 1 : -1)),
      ),
      ...each(
        'LayerNormalization LpNormalization RMSNormalization',
        along(() => -1),
      ),
      ...each('TopK Split', resized),
      ...each('MatMul MatMulInteger', matMul),
      ['Gemm', gemm],
      ['Concat', concat],
      ['Flatten', flatten],
      ['Reshape', reshape],
      ['Squeeze', squeeze],
      ['Unsqueeze', unsqueeze],
      ['Transpose', transpose],
      ['Gather', gather],
      ['Slice', slice],
      ['BatchNormalization', batchNorm],
      ['Dropout', dropout],
    ]),
  ],
  [
    'ai.onnx.ml',
    new Map([
      ...each('Binarizer CategoryMapper LabelEncoder', elementwise),
      ...each('Imputer Normalizer Scaler', table(same)),
      ['LinearClassifier', table(labels, counted('classlabels_strings', 'classlabels_ints'))],
      ['SVMClassifier', table(labels, scores)],
      ['TreeEnsembleClassifier', table(labels, counted('classlabels_strings', 'classlabels_int64s'))],
      ['LinearRegressor', table(targets('targets'))],
      ['SVMRegressor', table(targets('n_targets'))],
      ['TreeEnsembleRegressor', table(targets('n_targets'))],
      ['TreeEnsemble', table(targets('n_targets'))],
      ['TfIdfVectorizer', table(scores)],
      ['ArrayFeatureExtractor', featureExtractor],
      ['FeatureVectorizer', features],
      ['OneHotEncoder', oneHot],
      ['ZipMap', table(same)],
    ]),
  ],
  ['com.microsoft', new Map([['CDist', table(scores)]])],
]);
