import { defineEntry } from '../entry.ts';
import { decimalMark, delimiter, groupMark, leastGroup, tableFormat } from '../table-arguments.ts';

export const modelMetricsEntry = defineEntry({
  name: 'builtin-model-metrics',
  summary: 'Says how good predictions are: AUC, log loss, accuracy, or RMSE, MAE.',
  details:
    'Row by row, `predictions` as `builtin-gbdt-predict`, `builtin-logistic-regression-predict` and `builtin-onnx-predict` write ' +
    'them; of several columns (probabilities of each class) the last one counts, unless another is named. What ' +
    'is not defined is null: AUC of one class, log loss of scores outside 0 to 1. `predictions` have commas between their columns and ' +
    'points before their decimals, whatever `labels` have. Memory: 16 bytes a row.',
  arguments: {
    task: {
      type: 'string',
      text: '`classification`: labels 0 and 1, or -1 and 1; `regression`: labels are numbers',
      choices: ['classification', 'regression'],
    },
    threshold: {
      type: 'float',
      text: '`classification`: a prediction of at least that is a positive',
      default: 0.5,
    },
    columns: {
      type: 'unsigned',
      text: 'Columns of `labels`, 1 unless a header says more; the last one is the label, unless `label` names it',
      minimum: 1,
      default: undefined,
    },
    header: {
      type: 'boolean',
      text: 'Whether the first line of `labels` has the names of its columns',
      default: false,
    },
    label: { type: 'string', text: "With `header`: the label's column", default: undefined },
    prediction_columns: {
      type: 'unsigned',
      text: 'Columns of `predictions`, 1 unless a header says more',
      minimum: 1,
      default: undefined,
    },
    predictions_header: {
      type: 'boolean',
      text: 'Whether the first line of `predictions` has the names of its columns',
      default: false,
    },
    prediction: {
      type: 'string',
      text: "With `predictions_header`: the prediction's column",
      default: undefined,
    },
    least_group: {
      ...leastGroup,
      text:
        'Figures that fewer rows are behind are null, and named as `suppressed`: a count of `confusion` below it takes all of them along, and ' +
        'precision, recall, f1, auc and log_loss; fewer right or fewer wrong rows the accuracy. Fewer rows in all are refused, and ' +
        'with `regression` labels or predictions of one value or two',
    },
    delimiter: { ...delimiter, text: 'What separates the columns of `labels`' },
    decimal_mark: { ...decimalMark, text: 'What is before the decimals of a number in `labels`' },
    group_mark: {
      ...groupMark,
      text: 'What is between groups of three digits in `labels`; by default nothing',
    },
    format: tableFormat,
  },
  inputs: [
    { name: 'labels', text: 'CSV whose last column is the label', table: { header: 'header' } },
    {
      name: 'predictions',
      text: 'CSV whose last column is the prediction',
      table: { header: 'predictions_header' },
    },
  ],
  outputs: [],
  returns:
    'JSON: rows, and auc, log_loss, accuracy, precision, recall, f1 and confusion, or rmse, mae, mean_error and r2; with `least_group` suppressed, the names of figures that were',
  example: {
    arguments: { task: 'regression' },
    inputs: { labels: '1\n3\n', predictions: '2.0\n4.0\n' },
    returns: '{"rows":2,"rmse":1,"mae":1,"mean_error":1,"r2":0}',
  },
});
