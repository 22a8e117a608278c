import { defineEntry } from '../entry.ts';
import { gbdtModel } from '../examples/gbdt-model.ts';
import { predictionHeader, resultFormat, tableFormat } from '../table-arguments.ts';

export const gbdtPredictEntry = defineEntry({
  name: 'builtin-gbdt-predict',
  summary: 'Predicts with a model of gradient boosted trees.',
  details:
    "One row of features a line, separated by commas: as many as in training. With a model of Teaclave's arguments and none here, columns after them are " +
    'ignored and logged, as Teaclave does. A model that was trained with `header` keeps the ' +
    'names: with `header` here, columns are found by them, and missing ones are refused; without, they are taken by position. ' +
    'Empty cells and NaN are missing values, which a model of `exact` refuses. Rows are streamed. Memory: the model.',
  arguments: {
    header: predictionHeader,
    extra_columns: {
      type: 'string',
      text: "What becomes of columns that the model was not trained on: with `header` those that their names tell, and of a model of Teaclave's arguments those after its own",
      choices: ['refuse', 'ignore'],
      default: 'refuse',
    },
    format: tableFormat,
    result_format: resultFormat,
  },
  inputs: [
    { name: 'model_file', text: 'what `builtin-gbdt-train` made' },
    { name: 'data_file', text: 'CSV of features, without labels', table: { header: 'header' } },
  ],
  outputs: [
    {
      name: 'result_file',
      text: 'one prediction a line, with all its digits; with ten decimals for a model of the nine arguments of Teaclave and without arguments here',
    },
  ],
  returns:
    'JSON: rows, how columns were found (`columns_by`), missing values, warnings; `Predict result has N lines of data.` where there are ten decimals',
  example: {
    arguments: {},
    inputs: { model_file: gbdtModel, data_file: '0.5, 7\n2.5, 7\n' },
    outputs: { result_file: '1.0000000000\n3.0000000000\n' },
    returns: 'Predict result has 2 lines of data.',
  },
});
