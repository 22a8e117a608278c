import { defineEntry } from '../entry.ts';

export const orderedSetIntersectEntry = defineEntry({
  name: 'builtin-ordered-set-intersect',
  summary: 'Marks which lines of two sorted lists of hexadecimal items are in both.',
  details:
    'Items are sorted by their bytes. An output has one character, 0 or 1, for each line of its input. ' +
    'Duplicates pair one to one. A byte order mark is no part of the first item. Memory: constant.',
  arguments: {
    order: { type: 'string', text: '`ascending` or `desending` (the misspelling is the interface)' },
  },
  inputs: [
    { name: 'input_data1', text: 'one hexadecimal item a line, sorted' },
    { name: 'input_data2', text: 'one hexadecimal item a line, sorted' },
  ],
  outputs: [
    { name: 'output_result1', text: 'marks of the lines of input_data1' },
    { name: 'output_result2', text: 'marks of the lines of input_data2' },
  ],
  returns: '`K common items`',
  example: {
    arguments: { order: 'ascending' },
    inputs: { input_data1: '01\n02\nff\n', input_data2: '02\nfe\nff\n' },
    outputs: { output_result1: '011', output_result2: '101' },
    returns: '2 common items',
  },
});
