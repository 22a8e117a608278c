import { defineEntry } from '../entry.ts';
import { decimalMark, delimiter, groupMark, leastGroup, resultFormat } from '../table-arguments.ts';

export const joinAggregateEntry = defineEntry({
  name: 'builtin-join-aggregate',
  summary: 'Joins the tables of several parties by key and computes sums, means, extremes and counts by key.',
  details:
    'Tables are UTF-8, or UTF-16 with a byte order mark; lines end with LF, CRLF or CR. Rows of a party with the same key are ' +
    'taken together first, so that duplicates do not multiply the rows of others, as they do in SQL; the result says for how ' +
    'many keys that makes a difference. Empty values are left out; a group without values has an empty cell. Keys are compared ' +
    'character by character, as `normalize` leaves them; a key with an empty part matches nothing, as in SQL, also in a left ' +
    'join; blank lines are skipped. Blanks around numbers are dropped. The result is CSV with a header, in the order of the ' +
    'first table, the same for all parties; a party without an output gets the counts only: rows of the result, and for each ' +
    'table its rows, those used, those with an empty key, those `without partner` (of the table whose keys are kept: different ' +
    'keys; of others: rows whose key a table read before lacks). Where nothing matches, it warns of differences in form, which ' +
    'it tells of all keys together. `decimal`: sums are exact, however long the numbers and however large, and have as many ' +
    'decimals as the column has at most (of numbers beyond 15 digits: as their group has); `float`: rows are added in their ' +
    'order. Means are 64-bit floats. Memory: for each different key of the first table (of the smallest one, if it is much ' +
    'smaller and the join is `inner`) its bytes, rounded up to 8, 16 to 24 bytes, and 8 to 16 for each aggregate, with `least_group` ' +
    '16 more for each column and for the group; for groups with ' +
    'numbers beyond 15 digits about 300 bytes more; with `individual` 40 bytes and more for each of one party.',
  arguments: {
    num_user: { type: 'unsigned', text: 'How many parties', minimum: 2, maximum: 1000 },
    key: { type: 'strings', text: 'The columns to join by, in every table; of `pairs`: `name`' },
    aggregates: {
      type: 'strings',
      text:
        'What to compute: `sum(COLUMN)` over all parties that have the column, `sum(PARTY.COLUMN)` over one; likewise ' +
        '`mean`, `min`, `max`, `count` (of values that are not empty); `rows`, `rows(PARTY)`. A name of a column may be quoted: ' +
        '`sum("1.rate")`, `sum(0."1.rate")`',
    },
    join: {
      type: 'string',
      text: '`inner`: keys that all parties have; `left`: all keys of the first party',
      default: 'inner',
      choices: ['inner', 'left'],
    },
    numbers: {
      type: 'string',
      text: '`decimal`: exact, of any length; `float`: 64-bit floats, also with exponents; the result says where whole numbers were rounded',
      default: 'decimal',
      choices: ['decimal', 'float'],
    },
    format: {
      type: 'string',
      text: '`csv`: with a header (RFC 4180); `pairs`: `name : amount` lines; `parquet`; `arrow`: IPC files and streams; `either`: each table by its marks, else CSV',
      default: 'csv',
      choices: ['csv', 'pairs', 'parquet', 'arrow', 'either'],
    },
    result_format: resultFormat,
    delimiter,
    decimal_mark: decimalMark,
    group_mark: groupMark,
    normalize: {
      type: 'strings',
      text:
        'What is made equal before keys are compared: `trim` (blanks around them), `quotes` (around them), `nfc` (accents: ' +
        'Unicode NFC), `case`',
      default: [],
    },
    least_group: {
      ...leastGroup,
      text:
        'Rows of the result are left out, and counted, that fewer rows of a party are behind (of one that has any); cells of these are ' +
        "left empty, and counted, that fewer rows with a value are behind. `min` and `max` are refused with 2 or more: each is one row's value",
    },
    individual: {
      type: 'string',
      text: 'A column of every table that says whom a row is about: `least_group` then is of different ones, empty ones left out',
      default: undefined,
    },
  },
  inputs: [{ name: 'input_data{i}', text: 'a table', repeats: true, table: {} }],
  outputs: [{ name: 'output_data{i}', text: 'the joined table, CSV', optional: true, repeats: true }],
  returns:
    '`K rows` (`1 row`): of the joined table; then a line with the counts of each table, and what may mislead',
  example: {
    arguments: { num_user: 2, key: ['id'], aggregates: ['sum(0.spent)', 'mean(1.age)', 'rows'] },
    inputs: { input_data0: 'id,spent\nann,1.50\nbob,3\nann,2\n', input_data1: 'age,id\n41,ann\n33,cid\n' },
    outputs: {
      output_data0: 'id,sum(0.spent),mean(1.age),rows\nann,3.50,41,3\n',
      output_data1: 'id,sum(0.spent),mean(1.age),rows\nann,3.50,41,3\n',
    },
    returns:
      '1 row\ninput_data0: 3 rows, 3 used, 1 without partner\ninput_data1: 2 rows, 2 used, 1 different without partner',
  },
});
