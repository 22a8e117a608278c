import { defineEntry } from '../entry.ts';

export const privateSetIntersectEntry = defineEntry({
  name: 'builtin-private-set-intersect',
  summary: 'Finds the items that the lists of all parties have in common; lists need no order.',
  details:
    'An item is a line without its line end (LF or CRLF); an empty line is the empty item. Duplicates count once. ' +
    'Common items are written in the order of the first list; hexadecimal ones in lower case. A party without an ' +
    'output gets the count only; with `count` outputs stay empty. Memory: for each different item of the smallest ' +
    'list (of the first, unless another is much smaller) its bytes, rounded up to 8, and 16 to 24 bytes more; with ' +
    '`marks` 4 bytes for each line of every list.',
  arguments: {
    num_user: { type: 'unsigned', text: 'How many parties', minimum: 2, maximum: 1000 },
    items: {
      type: 'string',
      text: 'What a line is: `text`, its bytes as they are; `hex`, bytes in hexadecimal',
      default: 'text',
      choices: ['text', 'hex'],
    },
    result: {
      type: 'string',
      text: 'What is written: `items`, the common items; `marks`, a 0 or 1 for each line of the party; `count`, nothing',
      default: 'items',
      choices: ['items', 'marks', 'count'],
    },
  },
  inputs: [{ name: 'input_data{i}', text: 'a list, one item a line', repeats: true }],
  outputs: [
    {
      name: 'output_data{i}',
      text: 'what the party gets, as `result` says',
      optional: true,
      repeats: true,
    },
  ],
  returns: '`K common items`',
  example: {
    arguments: { num_user: 3 },
    inputs: { input_data0: 'cid\nann\nbob\n', input_data1: 'ann\ndan\ncid\n', input_data2: 'cid\nann\n' },
    outputs: { output_data0: 'cid\nann\n', output_data1: 'cid\nann\n', output_data2: 'cid\nann\n' },
    returns: '2 common items',
  },
});
