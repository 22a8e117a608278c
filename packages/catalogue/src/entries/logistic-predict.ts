import { defineEntry } from '../entry.ts';
import { extraColumns, predictionHeader, resultFormat, tableFormat } from '../table-arguments.ts';

export const logisticPredictEntry = defineEntry({
  name: 'builtin-logistic-regression-predict',
  summary: 'Predicts probabilities with a model of logistic regression.',
  details:
    'One row of features a line, separated by commas: as many as in training. A model that was trained with `header` keeps the ' +
    'names: with `header` here, columns are found by them, and missing ones are refused; without, they are taken by position. ' +
    'Missing values are filled in where training did so, and else refused. Rows are streamed. Memory: the model.',
  arguments: {
    header: predictionHeader,
    extra_columns: extraColumns,
    format: tableFormat,
    result_format: resultFormat,
  },
  inputs: [
    { name: 'model_file', text: 'what `builtin-logistic-regression-train` made' },
    { name: 'data_file', text: 'CSV of features, without labels', table: { header: 'header' } },
  ],
  outputs: [
    {
      name: 'result_file',
      text: 'one probability a line, with all its digits; with four decimals for a model of the three arguments of Teaclave and without arguments here',
    },
  ],
  returns:
    'JSON: rows, how columns were found (`columns_by`), missing values, warnings; `Predicted N lines of data.` where there are four decimals',
  example: {
    arguments: {},
    inputs: { model_file: '{"alpha":0.3,"iters":9,"parameters":[0.0,1.0]}', data_file: '0\n2\n' },
    outputs: { result_file: '0.5000\n0.8808\n' },
    returns: 'Predicted 2 lines of data.',
  },
});
