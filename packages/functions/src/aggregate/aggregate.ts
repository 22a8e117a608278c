import { joinAggregateEntry } from '@gaiwan/catalogue/entries';
import { decodeArguments } from '../arguments/decode.ts';
import type { CataloguedFunction, Output } from '../function.ts';
import { openInputs, openOutputs } from '../keyed/parties.ts';
import { limits } from '../limits.ts';
import { FunctionError } from '../refusal.ts';
import type { Numbers } from './accumulator.ts';
import { GroupJoin, type JoinOptions } from './join.ts';
import { parseAggregate } from './spec.ts';
import { writeGroups } from './write.ts';

const MAX_LIST = limits.listEntries.value;

function checkList(name: string, list: readonly string[]): void {
  if (list.length === 0 || list.length > MAX_LIST) {
    throw new FunctionError(
      'invalid-arguments',
      `The argument "${name}" must have from 1 to ${MAX_LIST} entries, not ${list.length}.`,
    );
  }
  if (new Set(list).size !== list.length)
    throw new FunctionError('invalid-arguments', `The argument "${name}" has an entry twice.`);
}

/** Joins the tables of several parties by key columns and aggregates their numbers by key. */
export const joinAggregate: CataloguedFunction = {
  name: joinAggregateEntry.name,
  entry: joinAggregateEntry,
  async run(context) {
    const args = decodeArguments(context.args, joinAggregateEntry.arguments, { explain: true });
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
