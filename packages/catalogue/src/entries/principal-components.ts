import { defineEntry } from '../entry.ts';
import { limits } from '../limits.ts';
import { header, missing, resultFormat, tableFormat } from '../table-arguments.ts';

const MAX_FEATURES = limits.features.value;

export const principalComponentsEntry = defineEntry({
  name: 'builtin_principal_components_analysis',
  summary: 'Principal components: the rows in the directions of largest variance.',
  details:
    'The input is read twice, with `missing` `mean` three times. "golub-reinsch" keeps it in memory, 16 bytes for each number, and takes time of rows x columns^2 (for at most 32768 numbers rows^2 x columns^2, digit for digit as Teaclave; beyond that all but signs and last digits are the same). "covariance" keeps columns^2 numbers only; its components have their largest entry positive.',
  arguments: {
    n: {
      type: 'unsigned',
      text: 'Components to keep, at most as many as features',
      minimum: 1,
      maximum: MAX_FEATURES,
    },
    center: { type: 'boolean', text: 'Whether the mean of each column is subtracted' },
    feature_size: {
      type: 'unsigned',
      text: 'Columns before the last one, which is read and dropped; with `columns` how many they are',
      minimum: 1,
      maximum: MAX_FEATURES,
    },
    solver: {
      type: 'string',
      text: 'How: digit for digit as Teaclave, or fast for many rows',
      choices: ['golub-reinsch', 'covariance'],
      default: 'golub-reinsch',
    },
    header,
    columns: {
      type: 'strings',
      text: 'With `header`: the columns to take, in this order; no other is looked at or dropped',
      default: undefined,
    },
    missing,
    report: {
      type: 'boolean',
      text: 'Whether to return the components as JSON instead of a sentence',
      default: false,
    },
    format: tableFormat,
    result_format: resultFormat,
  },
  inputs: [
    {
      name: 'input_data',
      text: 'CSV of numbers: the features, then one column that is dropped',
      table: { header: 'header' },
    },
  ],
  outputs: [{ name: 'output_data', text: 'CSV: for each row its n coordinates' }],
  returns:
    '"transform R rows * C cols lines of data.", with `header` and without `columns` followed by what was dropped; or JSON with the components',
  example: {
    arguments: { n: 1, center: true, feature_size: 2, solver: 'covariance' },
    inputs: { input_data: '0,0,0\n3,4,0\n6,8,1\n' },
    outputs: { output_data: '-5.0\n0.0\n5.0\n' },
    returns: 'transform 3 rows * 1 cols lines of data.',
  },
});
