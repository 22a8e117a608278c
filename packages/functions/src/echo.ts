import { stringArgument } from './arguments.ts';
import type { BuiltinFunction } from './function.ts';

/** Returns its `message` (contract 1.2), and logs it. */
export const echo: BuiltinFunction = {
  name: 'builtin-echo',
  run(context) {
    const message = stringArgument(context.args, 'message');
    context.log(message);
    return message;
  },
};
