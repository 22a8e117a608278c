import { defineEntry } from '../entry.ts';
import { extraColumns, predictionHeader, resultFormat, tableFormat } from '../table-arguments.ts';

export const linearPredictEntry = defineEntry({
  name: 'builtin-linear-regression-predict',
  summary: 'Predicts numbers with a model of linear regression.',
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
    { name: 'model_file', text: 'what `builtin-linear-regression-train` made' },
    { name: 'data_file', text: 'CSV of features, without labels', table: { header: 'header' } },
  ],
  outputs: [{ name: 'result_file', text: 'one prediction a line, with all its digits' }],
  returns: 'JSON: rows, how columns were found (`columns_by`), missing values, warnings',
  example: {
    arguments: { header: true },
    inputs: {
      model_file:
        '{"l2":0.0,"parameters":[3.0,2.0],"table":{"format":1,"method":"least-squares","label":"price","columns":"area","missing":[]}}',
      data_file: 'area\n0\n2.5\n',
    },
    outputs: { result_file: '3.0\n8.0\n' },
    returns: '{"rows":2,"columns_by":"name","missing_values":0}',
  },
});
