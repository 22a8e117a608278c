import { joinAggregateEntry } from '@gaiwan/catalogue/entries';
import { decodeArguments } from '../arguments/decode.ts';
import type { CataloguedFunction, Output } from '../function.ts';
import { openInputs, openOutputs } from '../keyed/slots.ts';
import { limits } from '../limits.ts';
import { FunctionError } from '../refusal.ts';
import { GroupJoin, type JoinOptions } from './group-join.ts';
import { GroupWriter } from './group-writer.ts';
import { parseAggregate } from './spec.ts';

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
      join: args.join,
      numbers: args.numbers,
      format: { kind: args.format, delimiter: args.delimiter },
    };
    const groups = new GroupJoin(openInputs(context, args.num_user), options);
    await groups.read();
    const outputs = openOutputs(context, args.num_user).filter(
      (output): output is Output => output !== undefined,
    );
    const { columns } = groups;
    const exact = args.numbers === 'decimal';
    const records = groups.records();
    await new GroupWriter(groups.table, { key: args.key, columns, exact }, outputs).write(records);
    return `${records.length} rows`;
  },
};
