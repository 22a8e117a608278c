/** The arguments of GBDT training: Teaclave's nine (contract 1.4), and ours, which may be left out. */
import { gbdtTrainContract, gbdtTrainOptions } from '@gaiwan/catalogue/entries';
import { decodeArguments } from '../arguments/decode.ts';
import { lossOfArgument } from '../kernels/gbdt/loss.ts';
import type { Settings } from '../kernels/gbdt/tree.ts';
import { FunctionError } from '../refusal.ts';
import { DEEPEST } from './hist/train.ts';

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
    throw new FunctionError('invalid-arguments', `The argument "${name}" leaves none of the ${count} ${of}.`);
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
  const given = decodeArguments(args, gbdtTrainContract);
  const more = decodeArguments(args, gbdtTrainOptions, { explain: true });
  if (given.feature_size < 1)
    throw new FunctionError('invalid-arguments', 'The argument "feature_size" must be at least 1, not 0.');
  const shrinkage = Math.fround(given.shrinkage);
  // A model file could not hold it.
  if (!Number.isFinite(shrinkage)) {
    throw new FunctionError(
      'invalid-arguments',
      'The argument "shrinkage" is beyond the numbers of 32 bits: at most 3.4e38 in size.',
    );
  }
  const histogram = more.tree_method === 'hist';
  if (histogram && given.max_depth > DEEPEST) {
    throw new FunctionError(
      'invalid-arguments',
      `The argument "max_depth" must be at most ${DEEPEST} with "tree_method" "hist".`,
    );
  }
  if (more.label !== undefined && !more.header) {
    throw new FunctionError('invalid-arguments', 'The argument "label" names a column: it needs "header".');
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
