/**
 * Errors of V8 have no codes, so what they are can be told by their texts alone. That is done here, for the pinned version of
 * Node, and nowhere else.
 */

/** Recursion that used up the process's stack. */
export const isStackOverflow = (error: unknown): boolean =>
  error instanceof RangeError && error.message.startsWith('Maximum call stack');

/**
 * Starts of V8's messages for traps, and the words of the engine that Teaclave has (WAMR). Two of them stand for two of WAMR's: a
 * float that does not fit an integer, and one that is no number; a null entry of a table, and a function of another type.
 */
const TRAPS: readonly (readonly [string, string])[] = [
  ['unreachable', 'unreachable'],
  ['memory access out of bounds', 'out of bounds memory access'],
  ['divide by zero', 'integer divide by zero'],
  ['remainder by zero', 'integer divide by zero'],
  ['divide result unrepresentable', 'integer overflow'],
  ['float unrepresentable in integer range', 'integer overflow'],
  ['table index is out of bounds', 'undefined element'],
  ['null function or function signature mismatch', 'indirect call type mismatch'],
];

/** A trap of V8 in WAMR's words; one that WAMR has no words for in V8's. */
export const trapText = ({ message }: Error): string =>
  TRAPS.find(([start]) => message.startsWith(start))?.[1] ?? message;

/** Memory for an array that there is none for. */
export const isOutOfMemory = (error: unknown): boolean =>
  error instanceof RangeError &&
  /^(Array buffer allocation failed|Invalid typed array length|Invalid array length)/.test(error.message);
