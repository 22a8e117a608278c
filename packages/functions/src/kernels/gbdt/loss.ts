/** Loss functions: names, and what a model's sum means. */

/** By argument: the name in a model file. */
const NAMES = {
  SquaredError: 'SquaredError',
  LogLikelyhood: 'LogLikelyhood',
  LAD: 'LAD',
  'reg:linear': 'RegLinear',
  'reg:logistic': 'RegLogistic',
  'binary:logistic': 'BinaryLogistic',
  'binary:logitraw': 'BinaryLogitraw',
  'multi:softprob': 'MultiSoftprob',
  'multi:softmax': 'MultiSoftmax',
  'rank:pairwise': 'RankPairwise',
} as const;

export type Loss = (typeof NAMES)[keyof typeof NAMES];

const BY_ARGUMENT: ReadonlyMap<string, Loss> = new Map(Object.entries(NAMES));
const LOSSES: ReadonlySet<string> = new Set(BY_ARGUMENT.values());

/** The loss that an argument means; undefined for a word that is none: Teaclave takes it for `SquaredError`. */
export const lossOfArgument = (argument: string): Loss | undefined => BY_ARGUMENT.get(argument);

/** The arguments that there are. */
export const lossArguments: readonly string[] = Object.keys(NAMES);

/** Whether a model file's word is a loss. */
export function isLoss(name: unknown): name is Loss {
  return typeof name === 'string' && LOSSES.has(name);
}

const { fround, exp } = Math;

/** What is predicted for the sum of a row's trees; all steps in 32 bits. */
export function transform(loss: Loss, sum: number): number {
  switch (loss) {
    case 'LogLikelyhood':
      return fround(1 / fround(1 + fround(exp(fround(-2 * sum)))));
    case 'BinaryLogistic':
    case 'RegLogistic':
      return fround(1 / fround(1 + fround(exp(-sum))));
    default:
      return sum;
  }
}
