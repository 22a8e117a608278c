/**
 * What a Gaiwan function in JavaScript or TypeScript finds around it. A function is one file, a module or a script, with
 *
 *     export function main(inputs: Inputs, outputs: Outputs, args: Arguments): Result
 *
 * It runs in QuickJS (ECMAScript 2023) with a memory limit. There is no network, no file system, no process and no timer; the clock is
 * coarse, and `Math.random()` is no source of secrets. An exception fails the task with its message and line. Where the worker refuses
 * to open or create a file, the exception has a `code`: "unknown-input", "unknown-output" or "bad-handle".
 */

export interface Input {
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  /** The next bytes, 64 KiB if nothing is said; fewer at the end, none after it. */
  read(length?: number): Uint8Array;
  /** All that is left, as UTF-8 text. */
  text(): string;
  /** What is left, line by line, without LF or CRLF. */
  lines(): IterableIterator<string>;
  /** Back to the first byte. Counts as another opening of the file. */
  rewind(): void;
  /** What is left, in chunks of at most 64 KiB. */
  [Symbol.iterator](): IterableIterator<Uint8Array>;
}

export interface Output {
  readonly name: string;
  /** Text is written as UTF-8. */
  write(data: string | ArrayBuffer | ArrayBufferView): void;
  /** Done by itself when `main` has returned. An output that is closed without a write is empty; one that is never touched does not exist. */
  close(): void;
}

/** By the names of the function's input and output slots. */
export type Inputs = Readonly<Record<string, Input>>;
export type Outputs = Readonly<Record<string, Output>>;

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export type Argument = null | boolean | number | bigint | string | Argument[] | { [key: string]: Argument };
/** Arguments as the task gives them. Integers beyond 2^53 are bigints; `JSON.stringify` takes none: give them as text there. */
export type Arguments = Readonly<Record<string, Argument>>;

/** Text and bytes become the task's result as they are, everything else as JSON, nothing as the empty result. */
export type Result = Json | ArrayBuffer | ArrayBufferView | undefined;

export type Main = (inputs: Inputs, outputs: Outputs, args: Arguments) => Result | Promise<Result>;

declare global {
  /** Lines of the function's log: to be seen by whom the task's manifest names, if anybody. */
  var console: Readonly<Record<'log' | 'info' | 'debug' | 'warn' | 'error', (...items: unknown[]) => void>>;
  /** UTF-8 only. */
  var TextEncoder: new () => { readonly encoding: 'utf-8'; encode(text?: string): Uint8Array };
  var TextDecoder: new (
    label?: 'utf-8',
  ) => {
    readonly encoding: 'utf-8';
    decode(data?: ArrayBuffer | ArrayBufferView): string;
  };
}
