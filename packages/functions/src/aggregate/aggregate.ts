import type { Values } from '@gaiwan/catalogue';
import { joinAggregateEntry } from '@gaiwan/catalogue/entries';
import { decodeArguments } from '../arguments/decode.ts';
import { refuseUnknown } from '../arguments/given.ts';
import type { CataloguedFunction, Output } from '../function.ts';
import { normalizer, parseSteps } from '../keyed/normalize.ts';
import { openAllInputs, openOutputs } from '../keyed/slots.ts';
import { limits } from '../limits.ts';
import { FunctionError } from '../refusal.ts';
import { translator } from '../text/number-text.ts';
import { quote } from '../text/quote.ts';
import { GroupJoin, type JoinOptions } from './group-join.ts';
import { GroupWriter } from './group-writer.ts';
import { describeJoin } from './report.ts';
import { type Aggregate, parseAggregate } from './spec.ts';

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

type Arguments = Values<typeof joinAggregateEntry.arguments>;

/** An extreme is the value of a row, however many rows there are. */
function checkExtremes(aggregates: readonly Aggregate[], least: number): void {
  const extreme = aggregates.find(({ aggregation }) => aggregation === 'min' || aggregation === 'max');
  if (least <= 1 || !extreme) return;
  throw new FunctionError(
    'invalid-arguments',
    `The argument "aggregates" has ${quote(extreme.text)}: with "least_group" extremes are refused, as each is a value of one row.`,
  );
}

/** Refuses what another argument leaves without a meaning. */
function checkTogether({ individual, least_group, format, key }: Arguments): void {
  if (individual !== undefined && least_group <= 1) {
    throw new FunctionError('invalid-arguments', 'The argument "individual" wants "least_group": 2 or more.');
  }
  if (format !== 'pairs') return;
  if (individual !== undefined || key.length !== 1 || key[0] !== 'name') {
    throw new FunctionError(
      'invalid-arguments',
      'With "format": "pairs" the tables have the columns "name" and "amount": "key" must be ["name"], and there is no "individual".',
    );
  }
}

function optionsOf(args: Arguments): JoinOptions {
  checkList('key', args.key);
  checkList('aggregates', args.aggregates);
  checkTogether(args);
  const aggregates = args.aggregates.map((text) => parseAggregate(text, args.num_user));
  checkExtremes(aggregates, args.least_group);
  return {
    key: args.key,
    aggregates,
    join: args.join,
    numbers: {
      numbers: args.numbers,
      translate: translator({ decimal: args.decimal_mark, group: args.group_mark }),
    },
    format: {
      // Parquet and Arrow come as CSV.
      kind: args.format === 'pairs' ? 'pairs' : 'csv',
      delimiter: args.delimiter,
      normalize: normalizer(parseSteps(args.normalize)),
    },
    leastGroup: args.least_group,
    individual: args.individual,
  };
}

/** Joins the tables of several parties by key columns and aggregates their numbers by key. */
export const joinAggregate: CataloguedFunction = {
  name: joinAggregateEntry.name,
  entry: joinAggregateEntry,
  async run(context) {
    refuseUnknown(context.args, joinAggregateEntry.arguments);
    const args = decodeArguments(context.args, joinAggregateEntry.arguments, { explain: true });
    const options = optionsOf(args);
    const groups = new GroupJoin(openAllInputs(context, args.num_user), options);
    await groups.read();
    const outputs = openOutputs(context, args.num_user).filter(
      (output): output is Output => output !== undefined,
    );
    const { columns } = groups;
    const exact = args.numbers === 'decimal';
    const records = groups.records();
    const written = groups.largeEnough(records);
    const writer = new GroupWriter(groups.table, { key: args.key, columns, exact }, outputs);
    await writer.write(written);
    const { join, least_group: leastGroup } = args;
    return describeJoin(groups, { join, leastGroup, records, written, suppressed: writer.suppressed });
  },
};
