import type { Declared } from '../arguments.ts';
import { defineEntry } from '../entry.ts';
import { gbdtData, gbdtModel } from '../examples/gbdt-model.ts';
import { header, label, seed, tableFormat } from '../table-arguments.ts';

/** Teaclave's nine (contract 1.4). */
export const gbdtTrainContract = {
  feature_size: { type: 'unsigned', text: 'Columns before the label' },
  max_depth: { type: 'unsigned', text: 'Levels of a tree below its root', maximum: 2 ** 32 - 1 },
  iterations: { type: 'unsigned', text: 'How many trees' },
  shrinkage: { type: 'float', text: 'Learning rate: what a tree counts' },
  feature_sample_ratio: {
    type: 'float',
    text: 'Below 1: the part of the features that each split may choose from',
  },
  data_sample_ratio: { type: 'float', text: 'Below 1: the part of the rows that each tree is grown on' },
  min_leaf_size: { type: 'unsigned', text: 'A node with at most so many rows is not split' },
  loss: {
    type: 'string',
    text:
      '`SquaredError`, `LogLikelyhood` (labels 1 and -1), `LAD`, or `reg:linear`, `reg:logistic`, `binary:logistic`, ' +
      '`binary:logitraw` (labels 0 and 1; with `hist`, as which they are trained unless `exact` is named)',
  },
  training_optimization_level: {
    type: 'unsigned',
    text: '0, 1 or 2; written to the model only',
    maximum: 255,
  },
} as const satisfies Declared;

/** Ours, which may be left out. */
export const gbdtTrainOptions = {
  tree_method: {
    type: 'string',
    text:
      '`hist`: histograms, as XGBoost; `exact`: as Teaclave, which fits squared errors for all losses but `LogLikelyhood` and ' +
      '`LAD`. Left out: `hist`, but `exact` where the nine arguments above alone are given with `SquaredError`, ' +
      '`LogLikelyhood`, `LAD` or `reg:linear`',
    choices: ['exact', 'hist'],
    default: undefined,
  },
  max_bins: {
    type: 'unsigned',
    text: '`hist`: bins that the values of a feature are sorted into',
    minimum: 2,
    maximum: 256,
    default: 256,
  },
  min_child_weight: {
    type: 'float',
    text: '`hist`: the least sum of second derivatives of a leaf',
    minimum: 0,
    default: 1,
  },
  l2: { type: 'float', text: '`hist`: penalty on the squares of the leaves', minimum: 0, default: 1 },
  seed: {
    ...seed,
    text: 'What samples of rows and features are drawn by',
  },
  header,
  label,
  categories: {
    type: 'strings',
    text: '`hist`, with `header` and `label`: columns whose values are words. Each word becomes a feature that is 1 or 0',
    default: undefined,
  },
  importance: {
    type: 'boolean',
    text: 'Whether the result has the importance of each feature',
    default: false,
  },
  format: tableFormat,
} as const satisfies Declared;

export const gbdtTrainEntry = defineEntry({
  name: 'builtin-gbdt-train',
  summary: 'Trains gradient boosted trees for regression or two classes.',
  details:
    'Rows of `feature_size` values and a label, separated by commas, in floats of 32 bits. Empty cells and NaN are missing ' +
    "values: `hist` learns for each cut which way they go; `exact`, and Teaclave's nine arguments alone, refuse them; labels must be there. With any of the " +
    'arguments that have a default, the model keeps the names of the columns (`header`), and the result is JSON. `exact` ' +
    'gives what Teaclave gives, byte for byte where no sample is drawn; memory 12 bytes a number. `hist`: 5 bytes a number ' +
    'and 24 a row. The input is read once, with `categories` twice.',
  arguments: { ...gbdtTrainContract, ...gbdtTrainOptions },
  inputs: [{ name: 'training_data', text: 'CSV of features and a label', table: { header: 'header' } }],
  outputs: [{ name: 'trained_model', text: 'the model as JSON' }],
  returns:
    '`Trained N lines of data.` where the nine required arguments alone are given; else JSON: rows, features, the method, the ' +
    'loss, columns with missing values, warnings, with `importance` splits and gain of each feature',
  example: {
    arguments: {
      feature_size: 2,
      max_depth: 1,
      iterations: 1,
      shrinkage: 1,
      feature_sample_ratio: 1,
      data_sample_ratio: 1,
      min_leaf_size: 1,
      loss: 'SquaredError',
      training_optimization_level: 2,
    },
    inputs: { training_data: gbdtData },
    outputs: { trained_model: gbdtModel },
    returns: 'Trained 4 lines of data.',
  },
});
