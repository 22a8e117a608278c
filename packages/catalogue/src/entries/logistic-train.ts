import type { Declared } from '../arguments.ts';
import { defineEntry } from '../entry.ts';
import { header, label, missingInTraining, tableFormat } from '../table-arguments.ts';

/** Teaclave's three (contract 1.6). */
export const logisticTrainContract = {
  alg_alpha: { type: 'float', text: 'Length of a step, above 0; not used by `newton`' },
  alg_iters: { type: 'unsigned', text: 'The most iterations' },
  feature_size: { type: 'unsigned', text: 'Columns before the label' },
} as const satisfies Declared;

/** Ours, which may be left out. */
export const logisticTrainOptions = {
  solver: {
    type: 'string',
    text:
      '`newton`: to the optimum; `gradient-descent`: as Teaclave. Left out: `newton`, but `gradient-descent` where the ' +
      'three arguments above alone are given',
    choices: ['gradient-descent', 'newton'],
    default: undefined,
  },
  l2: {
    type: 'float',
    text: '`newton`: penalty, l2 / 2 times the squares of the weights but the intercept (1 / C of scikit-learn)',
    minimum: 0,
    default: 0,
  },
  tolerance: {
    type: 'float',
    text: "`newton`: ends when no part of the mean loss's gradient is larger",
    minimum: 0,
    default: 1e-8,
  },
  missing: missingInTraining,
  header,
  label,
  format: tableFormat,
} as const satisfies Declared;

export const logisticTrainEntry = defineEntry({
  name: 'builtin-logistic-regression-train',
  summary: 'Trains logistic regression for two classes.',
  details:
    'Rows of `feature_size` numbers and a label, 0 or 1, separated by commas. `gradient-descent` gives what ' +
    'Teaclave gives, byte for byte: `alg_iters` steps from weights of 0.5, without a penalty; memory 16 bytes a ' +
    'number; columns should have comparable units, or it gets nowhere. `newton` finds the optimum in a few passes; memory 8 ' +
    'bytes a number. With any of the arguments that have a default, the model keeps the names of the columns (`header`), and ' +
    'the result is JSON that says whether the weights have converged.',
  arguments: { ...logisticTrainContract, ...logisticTrainOptions },
  inputs: [{ name: 'training_data', text: 'CSV of features and a label', table: { header: 'header' } }],
  outputs: [{ name: 'model_file', text: 'the model as JSON, the intercept first' }],
  returns:
    '`Trained N lines of data.` where the three required arguments alone are given; else JSON: rows, features, solver, converged, ' +
    'iterations, log_loss (mean over the rows), filled_in (missing values), warnings',
  example: {
    arguments: { alg_alpha: 0.5, alg_iters: 1, feature_size: 1 },
    inputs: { training_data: '-1,0\n1,1\n' },
    outputs: { model_file: '{"alpha":0.5,"iters":1,"parameters":[0.4422353553424988,0.6922353553424988]}' },
    returns: 'Trained 2 lines of data.',
  },
});
