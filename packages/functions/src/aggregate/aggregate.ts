import { decodeArguments, string, strings, unsigned } from '../catalogue/arguments.ts';
import { type CataloguedFunction, FunctionError, type Output } from '../function.ts';
import { openInputs, openOutputs } from '../keyed/parties.ts';
import type { Numbers } from './accumulator.ts';
import { GroupJoin, type JoinOptions } from './join.ts';
import { parseAggregate } from './spec.ts';
import { writeGroups } from './write.ts';

const MAX_LIST = 100;

const declared = {
  num_user: unsigned('How many parties', { minimum: 2, maximum: 1000 }),
  key: strings('The columns to join by, in every table; of `pairs`: `name`'),
  aggregates: strings(
    'What to compute: `sum(COLUMN)` over all parties that have the column, `sum(PARTY.COLUMN)` over one; likewise ' +
      '`mean`, `min`, `max`, `count` (of values that are not empty); `rows`, `rows(PARTY)`',
  ),
  join: string('`inner`: keys that all parties have; `left`: all keys of the first party', {
    default: 'inner',
    choices: ['inner', 'left'],
  }),
  numbers: string(
    '`decimal`: exact, up to 15 digits, the most decimals of the column included; `float`: 64-bit floats',
    {
      default: 'decimal',
      choices: ['decimal', 'float'],
    },
  ),
  format: string('`csv`: with a header (RFC 4180); `pairs`: `name : amount` lines', {
    default: 'csv',
    choices: ['csv', 'pairs'],
  }),
  delimiter: string('What separates the columns of `csv` inputs', {
    default: ',',
    choices: [',', ';', '\t', '|'],
  }),
} as const;

function checkList(name: string, list: readonly string[]): void {
  if (list.length === 0 || list.length > MAX_LIST) {
    throw new FunctionError(
      `The argument "${name}" must have from 1 to ${MAX_LIST} entries, not ${list.length}.`,
    );
  }
  if (new Set(list).size !== list.length)
    throw new FunctionError(`The argument "${name}" has an entry twice.`);
}

/** Joins the tables of several parties by key columns and aggregates their numbers by key. */
export const joinAggregate: CataloguedFunction = {
  name: 'builtin-join-aggregate',
  entry: {
    summary:
      'Joins the tables of several parties by key and computes sums, means, extremes and counts by key.',
    details:
      'Rows of a party with the same key are taken together first, so that duplicates do not multiply the rows of ' +
      'others. Empty values are left out; a group without values has an empty cell. Keys are compared byte by byte and ' +
      'must not be empty; empty lines are skipped. The result is CSV with a header, in the order of the first table, ' +
      'the same for all parties; a party without an output gets the number of rows only. `decimal`: sums are exact, ' +
      'however large, and have as many decimals as the column has at most; `float`: rows are added in their order. Means are ' +
      '64-bit floats. Memory: for each different key of the first table (of the smallest one, if it is much smaller and the ' +
      'join is `inner`) its bytes, rounded up to 8, 16 to 24 bytes, and 8 to 16 for each aggregate.',
    arguments: declared,
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
  },
  async run(context) {
    const args = decodeArguments(context.args, declared, { explain: true });
    checkList('key', args.key);
    checkList('aggregates', args.aggregates);
    const options: JoinOptions = {
      key: args.key,
      aggregates: args.aggregates.map((text) => parseAggregate(text, args.num_user)),
      join: args.join as JoinOptions['join'],
      numbers: args.numbers as Numbers,
      format: { kind: args.format as 'csv' | 'pairs', delimiter: args.delimiter },
    };
    const groups = new GroupJoin(openInputs(context, args.num_user), options);
    await groups.read();
    const outputs = openOutputs(context, args.num_user).filter(
      (output): output is Output => output !== undefined,
    );
    const { columns } = groups;
    const exact = args.numbers === 'decimal';
    const records = groups.records();
    await writeGroups(groups.table, records, { key: args.key, columns, exact }, outputs);
    return `${records.length} rows`;
  },
};
