/** The built-in functions. */
export { JsonFloat, parseArguments } from './arguments.ts';
export { builtins } from './builtins.ts';
export * from './function.ts';
