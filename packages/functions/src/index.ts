/** The built-in functions. */
export * from './function.ts';
