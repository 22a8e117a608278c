import { defineEntry } from '../entry.ts';
import { leastGroup, seed, tableFormat } from '../table-arguments.ts';

export const crossValidationEntry = defineEntry({
  name: 'builtin-cross-validation',
  summary:
    'Says how good a trainer is on rows that it has not seen: each part of the table in turn is held out.',
  details:
    'Rows are dealt out at random to `folds` parts, whose sizes differ by one row at most. For each part a model is trained on all ' +
    'others, predicts it, and is measured as `builtin-model-metrics` does. Models and predictions are not given out. Rows that refusals ' +
    'name are counted among those of the fold. Blank lines are left out, also those of blanks. The input is read once before, and three times for each fold: four ' +
    'times where the training reads it twice (`missing` `mean` of `linear-regression`, `categories` of `gbdt`). Memory: what training needs, ' +
    '10 bytes a row, and the predictions of a part as text.',
  arguments: {
    trainer: {
      type: 'string',
      text: 'Whose training: `builtin-gbdt-train`, `builtin-linear-regression-train` or `builtin-logistic-regression-train`',
      choices: ['gbdt', 'linear-regression', 'logistic-regression'],
    },
    trainer_arguments: {
      type: 'object',
      text: 'Its arguments, but for `header` and `label`',
      default: {},
    },
    label: { type: 'string', text: "The label's column: the table has a header" },
    task: {
      type: 'string',
      text: '`classification`: labels 0 and 1, or -1 and 1; `regression`: labels are numbers',
      choices: ['classification', 'regression'],
    },
    threshold: {
      type: 'float',
      text: '`classification`: a prediction of at least that is a positive; to be given with the loss `binary:logitraw`, whose predictions are no probabilities',
      default: 0.5,
    },
    folds: { type: 'unsigned', text: 'Parts of the table', minimum: 2, maximum: 100, default: 5 },
    seed: {
      ...seed,
      text: 'Decides which rows are in which part: the same seed and data give the same result',
    },
    stratify: {
      type: 'boolean',
      text: 'Whether each part has its share of each label (256 different ones at most)',
      default: false,
    },
    least_group: {
      ...leastGroup,
      text: 'As of `builtin-model-metrics`, for each part; means over parts of which one lacks the figure are null',
    },
    format: tableFormat,
  },
  inputs: [{ name: 'input_data', text: 'CSV with a header', table: {} }],
  outputs: [],
  returns:
    'JSON: rows, the figures of each of `folds` (with `trained_on`, rows), their `mean` and `sd` over the folds (each fold counts the same), warnings of the trainings',
  example: {
    arguments: { trainer: 'linear-regression', label: 'y', task: 'regression', folds: 2 },
    inputs: { input_data: 'x,y\n1,4\n1,6\n3,8\n3,10\n' },
    returns:
      '{"rows":4,"folds":[{"trained_on":2,"rows":2,"rmse":2,"mae":2,"mean_error":-2.220446049250313e-16,"r2":-3.000000000000001},' +
      '{"trained_on":2,"rows":2,"rmse":2,"mae":2,"mean_error":0,"r2":0.5555555555555556}],' +
      '"mean":{"rmse":2,"mae":2,"mean_error":-1.1102230246251565e-16,"r2":-1.2222222222222228},' +
      '"sd":{"rmse":0,"mae":0,"mean_error":1.5700924586837752e-16,"r2":2.5141574442188364}}',
  },
});
