import { defineEntry } from '../entry.ts';
import { delimiter, header, resultFormat, seed, tableFormat } from '../table-arguments.ts';

export const trainTestSplitEntry = defineEntry({
  name: 'builtin-train-test-split',
  summary: 'Shares the rows of a table out at random: some to train on, some to test with.',
  details:
    'Records are handed on as they are written, in their order (in UTF-8; blank lines are left out, also those of blanks). The header stands in both parts. ' +
    'With `stratify` each value of a column has its share of the test part: the whole part of its rows times the part, then one row ' +
    'more by the largest remainders, so that the numbers add up exactly. The input is read twice. Memory: the values of the column.',
  arguments: {
    test_rows: {
      type: 'unsigned',
      text: 'Rows of the test part; this or `test_fraction`',
      minimum: 1,
      default: undefined,
    },
    test_fraction: {
      type: 'float',
      text: 'The test part of all rows, rounded to whole rows',
      minimum: 0,
      maximum: 1,
      default: undefined,
    },
    seed: {
      ...seed,
      text: 'Decides which rows: the same seed and data give the same parts. Whoever knows it knows the parts',
    },
    stratify: {
      type: 'string',
      text: 'With `header`: the column whose values both parts have in proportion (256 different ones at most), as a label',
      default: undefined,
    },
    header,
    delimiter,
    format: tableFormat,
    result_format: resultFormat,
  },
  inputs: [{ name: 'input_data', text: 'CSV', table: { header: 'header' } }],
  outputs: [
    { name: 'train', text: 'the other rows' },
    { name: 'test', text: 'the rows that are held out' },
  ],
  returns: 'JSON: rows, train and test (rows of each part), values (of the column `stratify`), warnings',
  example: {
    arguments: { test_rows: 1, header: true, seed: 1 },
    inputs: { input_data: 'id,x\nann,1\nbob,2\ncid,3\n' },
    outputs: { train: 'id,x\nann,1\nbob,2\n', test: 'id,x\ncid,3\n' },
    returns: '{"rows":3,"train":2,"test":1}',
  },
});
