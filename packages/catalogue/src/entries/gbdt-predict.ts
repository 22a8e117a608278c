import { defineEntry } from '../entry.ts';
import { gbdtModel } from '../examples/gbdt-model.ts';

export const gbdtPredictEntry = defineEntry({
  name: 'builtin-gbdt-predict',
  summary: 'Predicts with a model of gradient boosted trees.',
  details: 'One row of features a line, separated by commas. Rows are streamed. Memory: the model.',
  arguments: {
    header: { type: 'boolean', text: 'Whether the first line has the names of the columns', default: false },
  },
  inputs: [
    { name: 'model_file', text: 'what `builtin-gbdt-train` made' },
    { name: 'data_file', text: 'CSV of features, without labels' },
  ],
  outputs: [{ name: 'result_file', text: 'one prediction a line, with ten decimals' }],
  returns: '`Predict result has N lines of data.`',
  example: {
    arguments: {},
    inputs: { model_file: gbdtModel, data_file: '0.5, 7\n2.5, 7\n' },
    outputs: { result_file: '1.0000000000\n3.0000000000\n' },
    returns: 'Predict result has 2 lines of data.',
  },
});
