import { defineEntry } from '../entry.ts';

export const logisticPredictEntry = defineEntry({
  name: 'builtin-logistic-regression-predict',
  summary: 'Predicts probabilities with a model of logistic regression.',
  details: 'One row of features a line, separated by commas. Rows are streamed. Memory: the model.',
  arguments: {
    header: { type: 'boolean', text: 'Whether the first line has the names of the columns', default: false },
  },
  inputs: [
    { name: 'model_file', text: 'what `builtin-logistic-regression-train` made' },
    { name: 'data_file', text: 'CSV of features, without labels' },
  ],
  outputs: [{ name: 'result_file', text: 'one probability a line, with four decimals' }],
  returns: '`Predicted N lines of data.`',
  example: {
    arguments: {},
    inputs: { model_file: '{"alpha":0.3,"iters":9,"parameters":[0.0,1.0]}', data_file: '0\n2\n' },
    outputs: { result_file: '0.5000\n0.8808\n' },
    returns: 'Predicted 2 lines of data.',
  },
});
