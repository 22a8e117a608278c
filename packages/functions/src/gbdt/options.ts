/** The arguments of GBDT training: Teaclave's nine (contract 1.4), and ours, which may be left out. */
import { gbdtTrainContract, gbdtTrainEntry, gbdtTrainOptions } from '@gaiwan/catalogue/entries';
import { decodeArguments } from '../arguments/decode.ts';
import { givenOf, refuse, refuseIgnored, refuseMisspelt } from '../arguments/given.ts';
import type { FunctionContext } from '../function.ts';
import { kindOf } from '../kernels/gbdt/hist/gradients.ts';
import { type Loss, lossArguments, lossOfArgument } from '../kernels/gbdt/loss.ts';
import type { Settings } from '../kernels/gbdt/tree.ts';
import { counted } from '../text/counted.ts';
import { quote } from '../text/quote.ts';
import { DEEPEST } from './hist/train.ts';

export type TreeMethod = 'exact' | 'hist';

export interface Options {
  readonly settings: Settings;
  readonly method: TreeMethod;
  /** Whether the task gives Teaclave's arguments alone: then model and result are in Teaclave's form. */
  readonly teaclave: boolean;
  readonly maxBins: number;
  readonly minChildWeight: number;
  readonly l2: number;
  readonly seed: number;
  readonly header: boolean;
  readonly label: string | undefined;
  /** Names of columns whose values are words. */
  readonly categories: readonly string[];
  readonly importance: boolean;
}

/** What Teaclave's algorithm fits as the argument says, and so what its clients get without naming a method. */
const FITTED_EXACTLY: ReadonlySet<Loss> = new Set(['SquaredError', 'LogLikelyhood', 'LAD', 'RegLinear']);
/** What the histogram method alone looks at. */
const HIST_ONLY = ['max_bins', 'min_child_weight', 'l2', 'categories'];

function requireSample(name: string, ratio: number, count: number, of: string): void {
  if (Math.floor(ratio * count) < 1)
    refuse(`The argument "${name}" leaves none of the ${counted(count, of)}.`);
}

/** To be called once the rows are there: a sample must not be empty. */
export function requireSamples(
  { featureSampleRatio, dataSampleRatio, features }: Settings,
  rows: number,
): void {
  requireSample('feature_sample_ratio', featureSampleRatio, features, 'feature');
  if (rows > 0) requireSample('data_sample_ratio', dataSampleRatio, rows, 'row');
}

/** Teaclave takes any word for `SquaredError`: a model of something else than was asked for. */
function requireLoss(argument: string): Loss {
  return (
    lossOfArgument(argument) ??
    refuse(`The argument "loss" must be one of ${lossArguments.join(', ')}, not ${quote(argument)}.`)
  );
}

function chooseMethod(named: TreeMethod | undefined, loss: Loss, given: readonly string[]): TreeMethod {
  const method = named ?? (given.length === 0 && FITTED_EXACTLY.has(loss) ? 'exact' : 'hist');
  if (method === 'exact') refuseIgnored(given, HIST_ONLY, '"tree_method" "exact" does not know it');
  // Throws for a loss without gradients.
  else kindOf(loss);
  return method;
}

function requireNames(
  header: boolean,
  label: string | undefined,
  categories: readonly string[] | undefined,
): void {
  if (label !== undefined && !header) refuse('The argument "label" names a column: it needs "header".');
  if (categories === undefined) return;
  if (!header) refuse('The argument "categories" names columns: it needs "header".');
  if (label === undefined) refuse('The argument "categories" needs "label": name the column of the labels.');
  else if (categories.includes(label)) refuse('The argument "categories" has the name of the label.');
}

export function decodeOptions(context: Pick<FunctionContext, 'args' | 'log'>): Options {
  const { args } = context;
  refuseMisspelt(context, gbdtTrainEntry.arguments, Object.keys(gbdtTrainContract));
  const ours = givenOf(args, gbdtTrainOptions);
  const given = decodeArguments(args, gbdtTrainContract, { explain: ours.length > 0 });
  const more = decodeArguments(args, gbdtTrainOptions, { explain: true });
  if (given.feature_size < 1) refuse('The argument "feature_size" must be at least 1, not 0.');
  const shrinkage = Math.fround(given.shrinkage);
  // A model file could not hold it.
  if (!Number.isFinite(shrinkage)) {
    refuse('The argument "shrinkage" is beyond the numbers of 32 bits: at most 3.4e38 in size.');
  }
  const loss = requireLoss(given.loss);
  const method = chooseMethod(more.tree_method, loss, ours);
  if (method === 'hist' && given.max_depth > DEEPEST) {
    refuse(`The argument "max_depth" must be at most ${DEEPEST} with "tree_method" "hist".`);
  }
  requireNames(more.header, more.label, more.categories);
  return {
    settings: {
      features: given.feature_size,
      maxDepth: given.max_depth,
      iterations: given.iterations,
      shrinkage,
      featureSampleRatio: given.feature_sample_ratio,
      dataSampleRatio: given.data_sample_ratio,
      minLeafSize: given.min_leaf_size,
      loss,
      optimizationLevel: Math.min(2, given.training_optimization_level),
    },
    method,
    teaclave: ours.length === 0,
    maxBins: more.max_bins,
    minChildWeight: more.min_child_weight,
    l2: more.l2,
    seed: more.seed,
    header: more.header,
    label: more.label,
    categories: more.categories ?? [],
    importance: more.importance,
  };
}
