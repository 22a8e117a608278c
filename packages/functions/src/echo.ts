import { echoEntry } from '@gaiwan/catalogue/entries';
import { decodeArguments } from './arguments/decode.ts';
import type { CataloguedFunction } from './function.ts';

/** Returns its `message` (contract 1.2), and logs it. */
export const echo: CataloguedFunction = {
  name: echoEntry.name,
  entry: echoEntry,
  run(context) {
    const { message } = decodeArguments(context.args, echoEntry.arguments);
    context.log(message);
    return message;
  },
};
