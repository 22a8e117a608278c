import { defineEntry } from '../entry.ts';
import { header, label, missingInTraining, tableFormat } from '../table-arguments.ts';

export const linearTrainEntry = defineEntry({
  name: 'builtin-linear-regression-train',
  summary: 'Trains linear regression: the weights whose squared errors are least.',
  details:
    'Rows of features and a label, a number, separated by commas. Columns that follow from others have no best weights: without `l2` ' +
    'they are refused by name, and a column that nearly does gets a warning. The penalty is of the weights as they are: with ' +
    '`l2` columns should have comparable units. The model keeps the names of the columns (`header`). Rows are streamed (twice ' +
    'with `missing` `mean`). Memory: 16 bytes times the square of the columns.',
  arguments: {
    feature_size: {
      type: 'unsigned',
      text: 'Columns beside the label; with a header it may be left out',
      minimum: 1,
      maximum: 4096,
      default: undefined,
    },
    header,
    label,
    columns: {
      type: 'strings',
      text: 'With `header` and `label`: the features, in this order; no other column is looked at',
      default: undefined,
    },
    l2: {
      type: 'float',
      text: "Penalty beside the summed squared errors, l2 times the squares of the weights but the intercept (ridge; alpha of scikit-learn's Ridge)",
      minimum: 0,
      default: 0,
    },
    missing: missingInTraining,
    format: tableFormat,
  },
  inputs: [{ name: 'training_data', text: 'CSV of features and a label', table: { header: 'header' } }],
  outputs: [{ name: 'model_file', text: 'the model as JSON, the intercept first' }],
  returns:
    'JSON: rows, features, rmse and r2 over the training data (r2 is null where all labels are the same), filled_in (missing values), warnings',
  example: {
    arguments: { header: true },
    inputs: { training_data: 'area,price\n1,4\n1,6\n3,8\n3,10\n' },
    outputs: {
      model_file:
        '{"l2":0.0,"parameters":[3.0,2.0],"table":{"format":1,"method":"least-squares","columns":"area","missing":[]}}',
    },
    returns: '{"rows":4,"features":1,"rmse":1,"r2":0.8}',
  },
});
