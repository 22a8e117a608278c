import { crossValidationEntry } from '@gaiwan/catalogue/entries';
import { decodeArguments } from '../arguments/decode.ts';
import { givenOf, refuseIgnored, refuseUnknown } from '../arguments/given.ts';
import { isObject } from '../arguments/json.ts';
import type { BuiltinFunction, CataloguedFunction, FunctionContext, Input } from '../function.ts';
import { gbdtPredict } from '../gbdt/predict.ts';
import { gbdtTrain } from '../gbdt/train.ts';
import { linearPredict } from '../linear/predict.ts';
import { linearTrain } from '../linear/train.ts';
import { logisticPredict } from '../logistic/predict.ts';
import { logisticTrain } from '../logistic/train.ts';
import { modelMetrics } from '../metrics/metrics.ts';
import { FunctionError } from '../refusal.ts';
import { columnOf, dealFolds, partOf } from './folds.ts';
import { type Inside, runInside } from './inside.ts';
import { type Figures, summarize } from './summary.ts';

/** A loss whose model predicts scores of any size. */
const RAW_SCORES = 'binary:logitraw';

interface Family {
  readonly train: BuiltinFunction;
  readonly predict: BuiltinFunction;
  /** The output of training. */
  readonly model: string;
}

const FAMILIES: Readonly<Record<'gbdt' | 'linear-regression' | 'logistic-regression', Family>> = {
  gbdt: { train: gbdtTrain, predict: gbdtPredict, model: 'trained_model' },
  'linear-regression': { train: linearTrain, predict: linearPredict, model: 'model_file' },
  'logistic-regression': { train: logisticTrain, predict: logisticPredict, model: 'model_file' },
};

/** The default of the threshold is a probability. */
function requireThreshold(task: string, trainer: FunctionContext['args'], isGiven: boolean): void {
  if (task !== 'classification' || isGiven || trainer['loss'] !== RAW_SCORES) return;
  throw new FunctionError(
    'invalid-arguments',
    `The argument "threshold" is needed: predictions of "${RAW_SCORES}" are no probabilities; 0 is where both classes are equally likely.`,
  );
}

function decode(given: FunctionContext['args']) {
  refuseUnknown(given, crossValidationEntry.arguments);
  const args = decodeArguments(given, crossValidationEntry.arguments, { explain: true });
  if (args.task === 'regression') {
    refuseIgnored(
      givenOf(given, crossValidationEntry.arguments),
      ['threshold'],
      '"task" "classification" alone knows it',
    );
  }
  requireThreshold(args.task, args.trainer_arguments, Object.hasOwn(given, 'threshold'));
  for (const name of ['header', 'label', 'format']) {
    if (!Object.hasOwn(args.trainer_arguments, name)) continue;
    throw new FunctionError(
      'invalid-arguments',
      `The argument "trainer_arguments" has "${name}", which cross-validation gives.`,
    );
  }
  return args;
}

type Args = ReturnType<typeof decode>;

interface Fold {
  readonly figures: Figures;
  readonly warnings: readonly string[];
}

/** What a training warns of. */
function warningsOf({ text }: Inside): readonly string[] {
  const told: unknown = JSON.parse(text);
  const warnings = isObject(told) ? told['warnings'] : undefined;
  return Array.isArray(warnings) ? warnings.map(String) : [];
}

/** What a figure that is not there means. */
function warningsOfFigures(figures: Figures): readonly string[] {
  const { log_loss: logLoss, suppressed } = figures;
  const isKeptBack = Array.isArray(suppressed) && suppressed.includes('log_loss');
  if (logLoss !== null || isKeptBack) return [];
  return [
    'there is no log loss, as predictions are no probabilities: "threshold" is compared with them as they are.',
  ];
}

async function measureFold(
  context: FunctionContext,
  args: Args,
  dealt: Uint8Array,
  fold: number,
): Promise<Fold> {
  const { label, task, threshold, least_group } = args;
  const input: Input = { chunks: () => context.input('input_data').chunks() };
  const { train, predict, model } = FAMILIES[args.trainer];
  const training = { input, isIn: (row: number) => dealt[row - 1] !== fold };
  const held = { input, isIn: (row: number) => dealt[row - 1] === fold };
  const place = `Fold ${fold + 1}`;
  const trained = await runInside(context, `${place}, training`, train, {
    args: { ...args.trainer_arguments, header: true, label },
    inputs: { training_data: partOf(training) },
  });
  const predicted = await runInside(context, `${place}, prediction`, predict, {
    args: { header: true, extra_columns: 'ignore' },
    inputs: { model_file: trained.output(model), data_file: partOf(held) },
  });
  const measured = await runInside(context, `${place}, metrics`, modelMetrics, {
    args: { task, least_group, ...(task === 'classification' && { threshold }) },
    inputs: { labels: columnOf(held, label), predictions: predicted.output('result_file') },
  });
  const trainedOn = dealt.reduce((sum, one) => sum + (one === fold ? 0 : 1), 0);
  const told: unknown = JSON.parse(measured.text);
  const figures = isObject(told) ? told : {};
  return {
    figures: { trained_on: trainedOn, ...figures },
    warnings: [...warningsOf(trained), ...warningsOfFigures(figures)].map(
      (warning) => `${place}: ${warning}`,
    ),
  };
}

/** Trains and measures as often as there are folds. Memory: what training needs, and 10 bytes a row. */
export const crossValidation: CataloguedFunction = {
  name: crossValidationEntry.name,
  entry: crossValidationEntry,
  async run(context) {
    const args = decode(context.args);
    const { folds: count, seed, label, least_group: least } = args;
    const stratify = args.stratify ? label : undefined;
    const dealt = await dealFolds(context.input('input_data'), { folds: count, seed, stratify, least });
    const folds: Fold[] = [];
    for (let fold = 0; fold < count; fold++) folds.push(await measureFold(context, args, dealt, fold));
    const figures = folds.map((fold) => fold.figures);
    const warnings = folds.flatMap((fold) => fold.warnings);
    return JSON.stringify({
      rows: dealt.length,
      folds: figures,
      ...summarize(figures),
      ...(warnings.length > 0 && { warnings }),
    });
  },
};
