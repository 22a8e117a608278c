/** The arguments of GBDT training: Teaclave's nine (contract 1.4), and ours, which may be left out. */
import { boolean, decodeArguments, float, string, unsigned } from '../catalogue/arguments.ts';
import { FunctionError } from '../function.ts';
import { lossOfArgument } from '../kernels/gbdt/loss.ts';
import type { Settings } from '../kernels/gbdt/tree.ts';
import { DEEPEST } from './hist/train.ts';

const contract = {
  feature_size: unsigned('Columns before the label'),
  max_depth: unsigned('Levels of a tree below its root', { maximum: 2 ** 32 - 1 }),
  iterations: unsigned('How many trees'),
  shrinkage: float('Learning rate: what a tree counts'),
  feature_sample_ratio: float('Below 1: the part of the features that each split may choose from'),
  data_sample_ratio: float('Below 1: the part of the rows that each tree is grown on'),
  min_leaf_size: unsigned('A node with at most so many rows is not split'),
  loss: string(
    '`SquaredError`, `LogLikelyhood` (labels 1 and -1), `LAD`, or `reg:linear`, `reg:logistic`, `binary:logistic`, ' +
      '`binary:logitraw` (labels 0 and 1 with `hist`; as `SquaredError` with `exact`)',
  ),
  training_optimization_level: unsigned('0, 1 or 2; written to the model only', { maximum: 255 }),
} as const;

const ours = {
  tree_method: string('`exact`: as Teaclave; `hist`: histograms, for large data', {
    choices: ['exact', 'hist'],
    default: 'exact',
  }),
  max_bins: unsigned('`hist`: bins that the values of a feature are sorted into', {
    minimum: 2,
    maximum: 256,
    default: 256,
  }),
  min_child_weight: float('`hist`: the least sum of second derivatives of a leaf', {
    minimum: 0,
    default: 1,
  }),
  l2: float('`hist`: penalty on the squares of the leaves', { minimum: 0, default: 1 }),
  seed: unsigned('What samples of rows and features are drawn by', {
    maximum: Number.MAX_SAFE_INTEGER,
    default: 0,
  }),
  header: boolean('Whether the first line has the names of the columns', { default: false }),
  label: string("With `header`: the label's column; the last one if left out", { default: undefined }),
  importance: boolean('Whether the result is JSON with the importance of each feature', { default: false }),
} as const;

export const declared = { ...contract, ...ours };

export interface Options {
  readonly settings: Settings;
  readonly histogram: boolean;
  readonly maxBins: number;
  readonly minChildWeight: number;
  readonly l2: number;
  readonly seed: number;
  readonly header: boolean;
  readonly label: string | undefined;
  readonly importance: boolean;
}

function requireSample(name: string, ratio: number, count: number, of: string): void {
  if (Math.floor(ratio * count) < 1) {
    throw new FunctionError(`The argument "${name}" leaves none of the ${count} ${of}.`);
  }
}

/** To be called once the rows are there: a sample must not be empty. */
export function requireSamples(
  { featureSampleRatio, dataSampleRatio, features }: Settings,
  rows: number,
): void {
  requireSample('feature_sample_ratio', featureSampleRatio, features, 'features');
  if (rows > 0) requireSample('data_sample_ratio', dataSampleRatio, rows, 'rows');
}

export function decodeOptions(args: Readonly<Record<string, unknown>>): Options {
  const given = decodeArguments(args, contract);
  const more = decodeArguments(args, ours, { explain: true });
  if (given.feature_size < 1)
    throw new FunctionError('The argument "feature_size" must be at least 1, not 0.');
  const shrinkage = Math.fround(given.shrinkage);
  // A model file could not hold it.
  if (!Number.isFinite(shrinkage)) {
    throw new FunctionError(
      'The argument "shrinkage" is beyond the numbers of 32 bits: at most 3.4e38 in size.',
    );
  }
  const histogram = more.tree_method === 'hist';
  if (histogram && given.max_depth > DEEPEST) {
    throw new FunctionError(`The argument "max_depth" must be at most ${DEEPEST} with "tree_method" "hist".`);
  }
  if (more.label !== undefined && !more.header) {
    throw new FunctionError('The argument "label" names a column: it needs "header".');
  }
  return {
    settings: {
      features: given.feature_size,
      maxDepth: given.max_depth,
      iterations: given.iterations,
      shrinkage,
      featureSampleRatio: given.feature_sample_ratio,
      dataSampleRatio: given.data_sample_ratio,
      minLeafSize: given.min_leaf_size,
      loss: lossOfArgument(given.loss),
      optimizationLevel: Math.min(2, given.training_optimization_level),
    },
    histogram,
    maxBins: more.max_bins,
    minChildWeight: more.min_child_weight,
    l2: more.l2,
    seed: more.seed,
    header: more.header,
    label: more.label,
    importance: more.importance,
  };
}
