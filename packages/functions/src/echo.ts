import { decodeArguments, string } from './catalogue/arguments.ts';
import type { CataloguedFunction } from './function.ts';

const declared = { message: string('What to return') } as const;

/** Returns its `message` (contract 1.2), and logs it. */
export const echo: CataloguedFunction = {
  name: 'builtin-echo',
  entry: {
    summary: 'Returns its argument.',
    arguments: declared,
    inputs: [],
    outputs: [],
    returns: 'the message',
    example: { arguments: { message: 'Hello, Gaiwan!' }, returns: 'Hello, Gaiwan!' },
  },
  run(context) {
    const { message } = decodeArguments(context.args, declared);
    context.log(message);
    return message;
  },
};
