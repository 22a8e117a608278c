/** The arguments of training: Teaclave's three (contract 1.6), and ours, which may be left out. */
import { logisticTrainContract, logisticTrainEntry, logisticTrainOptions } from '@gaiwan/catalogue/entries';
import { decodeArguments } from '../arguments/decode.ts';
import { givenOf, refuse, refuseIgnored, refuseMisspelt } from '../arguments/given.ts';
import type { FunctionContext } from '../function.ts';
import { limits } from '../limits.ts';

/** The curvature is a square of so many numbers a side. */
const MOST_FEATURES = limits.newtonFeatures.value;

export interface Options {
  readonly alpha: number;
  readonly iterations: number;
  readonly features: number;
  /** Whether the task gives Teaclave's arguments alone: then model and result are in Teaclave's form. */
  readonly teaclave: boolean;
  readonly solver: 'gradient-descent' | 'newton';
  readonly l2: number;
  readonly tolerance: number;
  readonly missing: 'refuse' | 'mean';
  readonly header: boolean;
  readonly label: string | undefined;
}

export function decodeOptions(context: Pick<FunctionContext, 'args' | 'log'>): Options {
  const { args } = context;
  refuseMisspelt(context, logisticTrainEntry.arguments, Object.keys(logisticTrainContract));
  const ours = givenOf(args, logisticTrainOptions);
  const given = decodeArguments(args, logisticTrainContract, { explain: ours.length > 0 });
  const more = decodeArguments(args, logisticTrainOptions, { explain: true });
  const { alg_alpha: alpha, alg_iters: iterations, feature_size: features } = given;
  const teaclave = ours.length === 0;
  const solver = more.solver ?? (teaclave ? 'gradient-descent' : 'newton');
  if (!(alpha > 0)) refuse(`The argument "alg_alpha" must be above 0, not ${alpha}.`);
  if (more.label !== undefined && !more.header) {
    refuse('The argument "label" names a column: it needs "header".');
  }
  if (solver === 'newton' && features > MOST_FEATURES) {
    refuse(`The argument "feature_size" must be at most ${MOST_FEATURES} with "newton".`);
  }
  if (solver !== 'newton') refuseIgnored(ours, ['l2', 'tolerance'], '"solver" "newton" alone knows it');
  const { l2, tolerance, missing, header, label } = more;
  return { alpha, iterations, features, teaclave, solver, l2, tolerance, missing, header, label };
}
