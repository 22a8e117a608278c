/** Traps, in the words of the engine that Teaclave has (WAMR). */
import { isStackOverflow, trapText } from '../v8-errors.ts';
import type {} from '../webassembly.ts';

/** The host stops the program. */
export class Trap extends Error {
  override readonly name = 'Trap';
}

/** Why the program stopped; undefined if it was not the program's doing. */
export function trapReason(error: unknown): string | undefined {
  if (error instanceof Trap) return error.message;
  if (error instanceof WebAssembly.RuntimeError) return trapText(error);
  if (isStackOverflow(error)) return 'wasm operand stack overflow';
  return error instanceof WebAssembly.Exception ? 'uncaught exception' : undefined;
}
