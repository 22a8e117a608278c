import { privateSetIntersectEntry } from '@gaiwan/catalogue/entries';
import { decodeArguments } from '../arguments/decode.ts';
import type { CataloguedFunction, Output } from '../function.ts';
import { openInputs, openOutputs } from '../keyed/slots.ts';
import { CommonItems } from './common-items.ts';
import { writeItems } from './write-items.ts';

/** Common items of the sets of any number of parties, in any order, with duplicates. */
export const privateSetIntersect: CataloguedFunction = {
  name: privateSetIntersectEntry.name,
  entry: privateSetIntersectEntry,
  async run(context) {
    const { num_user, items, result } = decodeArguments(context.args, privateSetIntersectEntry.arguments, {
      explain: true,
    });
    const inputs = openInputs(context, num_user);
    const common = new CommonItems(inputs, items, result === 'marks');
    await common.read();
    const { keys } = common;
    const records = keys.records();
    const outputs = openOutputs(context, num_user);
    const present = outputs.filter((output): output is Output => output !== undefined);
    if (result === 'items') await writeItems(keys.table, records, items, present);
    else if (result === 'count') for (const output of present) await output.close();
    else {
      for (const [i, output] of outputs.entries()) {
        if (output) await common.lines[i]?.write((record) => keys.isCommon(record), output);
      }
    }
    return `${records.length} common items`;
  },
};
