import { defineEntry } from '../entry.ts';
import { leastGroup } from '../table-arguments.ts';

export const privateSetIntersectEntry = defineEntry({
  name: 'builtin-private-set-intersect',
  summary: 'Finds the items that the lists of all parties have in common; lists need no order.',
  details:
    'An item is a line without its line end (LF, CRLF or CR); blank lines are skipped. Lists are UTF-8, or UTF-16 with a byte ' +
    'order mark, which is no part of the first item. Duplicates count once. ' +
    'Common items are written in the order of the first list; hexadecimal ones in lower case, normalized ones as they were compared. A party without an ' +
    'output gets the count only; with `count` outputs stay empty. Memory: for each different item of the smallest ' +
    'list (of the first, unless another is much smaller) its bytes, rounded up to 8, and 16 to 24 bytes more; with ' +
    '`marks` 4 bytes for each line of every list. The result counts the lines of each list for all participants: lines, ' +
    'those used as items, blank ones, those whose item is `without partner` (of the list whose items are kept: different items ' +
    'that are not common; of others: lines whose item a list read before lacks). Where nothing is common it warns of ' +
    'differences in form (quotes, blanks, case, accents, leading zeros), which it tells of all items together.',
  arguments: {
    num_user: { type: 'unsigned', text: 'How many parties', minimum: 2, maximum: 1000 },
    items: {
      type: 'string',
      text: 'What a line is: `text`, its characters as they are; `hex`, bytes in hexadecimal',
      default: 'text',
      choices: ['text', 'hex'],
    },
    result: {
      type: 'string',
      text: 'What is written: `items`, the common items; `marks`, a 0 or 1 for each line of the party; `count`, nothing',
      default: 'items',
      choices: ['items', 'marks', 'count'],
    },
    header: {
      type: 'boolean',
      text: 'Whether the first line of every list is a heading, no item',
      default: false,
    },
    normalize: {
      type: 'strings',
      text:
        'What is made equal before items are compared: `trim` (blanks around them), `quotes` (around them), `nfc` (accents: ' +
        'Unicode NFC), `case`; for `hex`: `trim`, `quotes`',
      default: [],
    },
    least_group: {
      ...leastGroup,
      text: 'Numbers of common items below it are not told, and with 2 or more no numbers without partner; wants `count`',
    },
    format: {
      type: 'string',
      text: '`lines`: one item a line; `parquet`, `arrow` (IPC files and streams): one item a row; `either`: each list by its marks',
      default: 'lines',
      choices: ['lines', 'parquet', 'arrow', 'either'],
    },
    column: {
      type: 'string',
      text: 'Of Parquet and Arrow files: the column of the items, where there is another one',
      default: undefined,
    },
  },
  inputs: [
    {
      name: 'input_data{i}',
      text: 'a list, one item a line',
      repeats: true,
      table: { header: 'header', list: true },
    },
  ],
  outputs: [
    {
      name: 'output_data{i}',
      text: 'what the party gets, as `result` says',
      optional: true,
      repeats: true,
    },
  ],
  returns:
    '`K common items` (or `fewer than N common items`), then a line with the counts of each list, and warnings',
  example: {
    arguments: { num_user: 3 },
    inputs: { input_data0: 'cid\nann\nbob\n', input_data1: 'ann\ndan\ncid\n', input_data2: 'cid\nann\n' },
    outputs: { output_data0: 'cid\nann\n', output_data1: 'cid\nann\n', output_data2: 'cid\nann\n' },
    returns:
      '2 common items\ninput_data0: 3 lines, 3 used, 1 without partner\ninput_data1: 3 lines, 3 used, 1 without partner\n' +
      'input_data2: 2 lines, 2 used',
  },
});
