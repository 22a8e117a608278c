import { defineEntry } from '../entry.ts';

export const privateJoinAndComputeEntry = defineEntry({
  name: 'builtin-private-join-and-compute',
  summary: 'Joins the lists of several parties by name and adds up the amounts of the names that all have.',
  details:
    'A line is `name : amount`, the amount an unsigned integer of 32 bits; other lines are skipped, the last of ' +
    'equal names counts, sums wrap at 2^32. A byte order mark is no part of the first name; lines end with LF, CRLF or CR. The log says how many ' +
    'lines were used, and with `counts` the result does. Memory: the names of the smallest list and about 40 bytes for each.',
  arguments: {
    num_user: {
      type: 'unsigned',
      text: 'How many parties, at least 2. A list beyond is left out and logged; with `counts` it is refused',
    },
    counts: {
      type: 'boolean',
      text: 'Whether the result says, below its text, how many lines of each list were used, and warns where no name was',
      default: false,
    },
  },
  inputs: [{ name: 'input_data{i}', text: 'a list, one `name : amount` a line', repeats: true }],
  outputs: [{ name: 'output_data{i}', text: 'the same for all: `name, total` a line', repeats: true }],
  returns: '`N users join the task in total.`; with `counts` lines below it',
  example: {
    arguments: { num_user: 2 },
    inputs: { input_data0: 'ann : 100\nbob : 7\n', input_data1: 'cid : 1\nann : 20\n' },
    outputs: { output_data0: 'ann, 120\n', output_data1: 'ann, 120\n' },
    returns: '2 users join the task in total.',
  },
});
