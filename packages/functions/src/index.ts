/** @gaiwan/functions: the built-in functions. `@gaiwan/catalogue` says what there is to know of them. */
export { JsonFloat, parseArguments } from './arguments/json.ts';
export { builtins } from './builtins.ts';
export type * from './function.ts';
export { FunctionError, type FunctionRefusal } from './refusal.ts';
