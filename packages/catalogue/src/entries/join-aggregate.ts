import { defineEntry } from '../entry.ts';

export const joinAggregateEntry = defineEntry({
  name: 'builtin-join-aggregate',
  summary: 'Joins the tables of several parties by key and computes sums, means, extremes and counts by key.',
  details:
    'Rows of a party with the same key are taken together first, so that duplicates do not multiply the rows of ' +
    'others. Empty values are left out; a group without values has an empty cell. Keys are compared byte by byte and ' +
    'must not be empty; empty lines are skipped. The result is CSV with a header, in the order of the first table, ' +
    'the same for all parties; a party without an output gets the number of rows only. `decimal`: sums are exact, ' +
    'however large, and have as many decimals as the column has at most; `float`: rows are added in their order. Means are ' +
    '64-bit floats. Memory: for each different key of the first table (of the smallest one, if it is much smaller and the ' +
    'join is `inner`) its bytes, rounded up to 8, 16 to 24 bytes, and 8 to 16 for each aggregate.',
  arguments: {
    num_user: { type: 'unsigned', text: 'How many parties', minimum: 2, maximum: 1000 },
    key: { type: 'strings', text: 'The columns to join by, in every table; of `pairs`: `name`' },
    aggregates: {
      type: 'strings',
      text:
        'What to compute: `sum(COLUMN)` over all parties that have the column, `sum(PARTY.COLUMN)` over one; likewise ' +
        '`mean`, `min`, `max`, `count` (of values that are not empty); `rows`, `rows(PARTY)`',
    },
    join: {
      type: 'string',
      text: '`inner`: keys that all parties have; `left`: all keys of the first party',
      default: 'inner',
      choices: ['inner', 'left'],
    },
    numbers: {
      type: 'string',
      text: '`decimal`: exact, up to 15 digits, the most decimals of the column included; `float`: 64-bit floats',
      default: 'decimal',
      choices: ['decimal', 'float'],
    },
    format: {
      type: 'string',
      text: '`csv`: with a header (RFC 4180); `pairs`: `name : amount` lines',
      default: 'csv',
      choices: ['csv', 'pairs'],
    },
    delimiter: {
      type: 'string',
      text: 'What separates the columns of `csv` inputs',
      default: ',',
      choices: [',', ';', '\t', '|'],
    },
  },
  inputs: [{ name: 'input_data{i}', text: 'a table', repeats: true }],
  outputs: [{ name: 'output_data{i}', text: 'the joined table, CSV', optional: true, repeats: true }],
  returns: '`K rows`: of the joined table',
  example: {
    arguments: { num_user: 2, key: ['id'], aggregates: ['sum(0.spent)', 'mean(1.age)', 'rows'] },
    inputs: { input_data0: 'id,spent\nann,1.50\nbob,3\nann,2\n', input_data1: 'age,id\n41,ann\n33,cid\n' },
    outputs: {
      output_data0: 'id,sum(0.spent),mean(1.age),rows\nann,3.50,41,3\n',
      output_data1: 'id,sum(0.spent),mean(1.age),rows\nann,3.50,41,3\n',
    },
    returns: '1 rows',
  },
});
