/** Traps, in the words of the engine that Teaclave has (WAMR). */
import type {} from './engine.ts';

/** The host stops the program. */
export class Trap extends Error {
  override readonly name = 'Trap';
}

/**
 * Starts of V8's messages. Two of them stand for two of WAMR's: a float that does not fit an integer, and one that is no
 * number; a null entry of a table, and a function of another type.
 */
const TEXTS: readonly (readonly [string, string])[] = [
  ['unreachable', 'unreachable'],
  ['memory access out of bounds', 'out of bounds memory access'],
  ['divide by zero', 'integer divide by zero'],
  ['remainder by zero', 'integer divide by zero'],
  ['divide result unrepresentable', 'integer overflow'],
  ['float unrepresentable in integer range', 'integer overflow'],
  ['table index is out of bounds', 'undefined element'],
  ['null function or function signature mismatch', 'indirect call type mismatch'],
];

/** Why the program stopped; undefined if it was not the program's doing. */
export function trapReason(error: unknown): string | undefined {
  if (error instanceof Trap) return error.message;
  if (error instanceof WebAssembly.RuntimeError) {
    return TEXTS.find(([start]) => error.message.startsWith(start))?.[1] ?? error.message;
  }
  if (error instanceof RangeError && error.message.startsWith('Maximum call stack')) {
    return 'wasm operand stack overflow';
  }
  return error instanceof WebAssembly.Exception ? 'uncaught exception' : undefined;
}
