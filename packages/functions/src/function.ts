/** What a built-in function sees: its arguments, its inputs, its outputs, and nothing else. */

import type { CatalogueEntry } from '@gaiwan/catalogue';

/** Plaintext chunks of one input, from byte 0, each already authenticated. Chunks are valid until the next one is asked for. */
export interface Input {
  /** Plaintext size in bytes where it is known beforehand. */
  readonly size?: number;
  chunks(): AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
}

/** Where one output goes. The caller of `write` gives the bytes away. */
export interface Output {
  write(chunk: Uint8Array): Promise<void> | void;
  /** Must be called for the output to count as created. */
  close(): Promise<void> | void;
}

export interface FunctionContext {
  /** JSON object, parsed by `parseArguments`. */
  readonly args: Readonly<Record<string, unknown>>;
  /** @throws FunctionError "unknown-input" for a name that the task does not have. */
  input(name: string): Input;
  /** Creates (truncates) an output. Throws `FunctionError` ("Invalid output file identifier") for an unknown name. */
  output(name: string): Output;
  /** Lines for the result's log (only kept where the task asked for it). */
  log(line: string): void;
  /** Bytes that the task may use, for memory that nobody else can measure. */
  readonly memoryBytes?: number;
  /** Asks that nothing else runs in this thread: memory stays in use that only its end frees. */
  readonly retire?: () => void;
}

export interface BuiltinFunction {
  /** The registered name that selects it, e.g. `builtin-echo`. */
  readonly name: string;
  /** Returns the text of the task's result. */
  run(context: FunctionContext): Promise<string> | string;
}

/** The implementation of an entry of the catalogue. */
export interface CataloguedFunction extends BuiltinFunction {
  readonly entry: CatalogueEntry;
}
