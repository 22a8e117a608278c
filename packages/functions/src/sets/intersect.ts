import { privateSetIntersectEntry } from '@gaiwan/catalogue/entries';
import { decodeArguments } from '../arguments/decode.ts';
import { refuseUnknown } from '../arguments/given.ts';
import type { CataloguedFunction, FunctionContext, Output } from '../function.ts';
import { normalizer, parseSteps } from '../keyed/normalize.ts';
import { type Count, countsLine, emptyWarnings } from '../keyed/report.ts';
import { openAllInputs, openOutputs } from '../keyed/slots.ts';
import { FunctionError } from '../refusal.ts';
import { CommonItems } from './common-items.ts';
import type { ItemFormat } from './items.ts';
import { writeItems } from './write-items.ts';

const REMEDY = 'See the argument "normalize".';

/** Common items of the sets of any number of parties, in any order, with duplicates. */
export const privateSetIntersect: CataloguedFunction = {
  name: privateSetIntersectEntry.name,
  entry: privateSetIntersectEntry,
  async run(context) {
    refuseUnknown(context.args, privateSetIntersectEntry.arguments);
    const args = decodeArguments(context.args, privateSetIntersectEntry.arguments, { explain: true });
    const { num_user, items, result, header, least_group } = args;
    const steps = parseSteps(args.normalize, items === 'hex' ? ['trim', 'quotes'] : undefined);
    if (least_group > 1 && result !== 'count') {
      throw new FunctionError(
        'invalid-arguments',
        'The argument "least_group" wants "result": "count", as other results tell about single items.',
      );
    }
    const inputs = openAllInputs(context, num_user);
    const rules = { format: items, header, normalize: normalizer(steps) };
    const common = new CommonItems(inputs, rules, result === 'marks');
    await common.read();
    const records = common.records();
    await writeResult(context, common, records, { items, result, num_user });
    return report(common, records.length, least_group);
  },
};

interface Wanted {
  readonly items: ItemFormat;
  readonly result: 'items' | 'marks' | 'count';
  readonly num_user: number;
}

async function writeResult(
  context: FunctionContext,
  common: CommonItems,
  records: Int32Array,
  { items, result, num_user }: Wanted,
): Promise<void> {
  const outputs = openOutputs(context, num_user);
  const present = outputs.filter((output): output is Output => output !== undefined);
  if (result === 'items') await writeItems(common.keys.table, records, items, present);
  else if (result === 'count') for (const output of present) await output.close();
  else {
    for (const [i, output] of outputs.entries()) {
      if (output) await common.lines[i]?.write((record) => common.isCommon(record), output);
    }
  }
}

/** The result's text. A number of items below `least` is not told; with it, nor how many of a list have no partner. */
function report(common: CommonItems, items: number, least: number): string {
  const few = least > 1 && items < least;
  const lines = common.counts.map((counts, i) => {
    const told: Count[] = [
      [counts.lines, 'line'],
      [counts.used, 'used'],
      [counts.header, 'header'],
      [counts.blank, 'blank'],
    ];
    if (least <= 1) {
      told.push(
        i === common.keys.kept
          ? [common.differentItems - items, 'different without partner']
          : [counts.withoutPartner, 'without partner'],
      );
    }
    return countsLine(`input_data${i}`, told);
  });
  const used = common.counts.map((counts) => counts.used);
  const warnings = few || items === 0 ? emptyWarnings(used, common.samples, REMEDY, few) : [];
  return [few ? `fewer than ${least} common items` : `${items} common items`, ...lines, ...warnings].join(
    '\n',
  );
}
