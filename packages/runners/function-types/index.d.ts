/**
 * What a Gaiwan function in JavaScript or TypeScript finds around it. A function is one file, a module or a script, with
 *
 *     export function main(inputs: Inputs, outputs: Outputs, args: Arguments): Result
 *
 * It runs in QuickJS (ECMAScript 2023, without Intl) with a memory limit. There is no network, no file system and no process; the clock is
 * coarse, and `Math.random()` is no source of secrets. An exception fails the task with its message and line. Where the worker refuses
 * to open or create a file, the exception has a `code`: "unknown-input", "unknown-output" or "bad-handle".
 */

export interface Input {
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  /** The next bytes, 64 KiB if nothing is said; fewer at the end, none after it. */
  read(length?: number): Uint8Array;
  /** All that is left, as UTF-8 text, without a byte order mark. */
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
  var TextEncoder: new () => {
    readonly encoding: 'utf-8';
    encode(text?: string): Uint8Array;
    encodeInto(text: string, target: Uint8Array): { read: number; written: number };
  };
  /** `utf-8`, `utf-16le`, `utf-16be`, and their other labels. */
  var TextDecoder: new (
    label?: string,
    options?: { fatal?: boolean; ignoreBOM?: boolean },
  ) => {
    readonly encoding: string;
    readonly fatal: boolean;
    readonly ignoreBOM: boolean;
    decode(data?: ArrayBuffer | ArrayBufferView, options?: { stream?: boolean }): string;
  };
  /** Milliseconds. Timers that `main` does not wait for do not run. */
  function setTimeout<A extends unknown[]>(
    callback: (...args: A) => void,
    delay?: number,
    ...args: A
  ): number;
  function setInterval<A extends unknown[]>(
    callback: (...args: A) => void,
    delay?: number,
    ...args: A
  ): number;
  function clearTimeout(timer?: number): void;
  function clearInterval(timer?: number): void;
  function queueMicrotask(callback: () => void): void;
  /** Of text whose characters are bytes. Throw a `DOMException` ("InvalidCharacterError"). */
  function atob(data: string): string;
  function btoa(data: string): string;
  /** Throws a `DOMException` ("DataCloneError"). */
  function structuredClone<T>(value: T, options?: { transfer?: ArrayBuffer[] }): T;
  var crypto: {
    /** At most 65,536 bytes at once. */
    getRandomValues<T extends ArrayBufferView>(array: T): T;
    randomUUID(): string;
    readonly subtle: {
      digest(
        algorithm: 'SHA-1' | 'SHA-256' | 'SHA-384' | 'SHA-512',
        data: ArrayBuffer | ArrayBufferView,
      ): Promise<ArrayBuffer>;
    };
  };
  interface URLSearchParams extends Iterable<[string, string]> {
    readonly size: number;
    append(name: string, value: string): void;
    delete(name: string, value?: string): void;
    get(name: string): string | null;
    getAll(name: string): string[];
    has(name: string, value?: string): boolean;
    set(name: string, value: string): void;
    sort(): void;
    forEach(callback: (value: string, name: string, params: URLSearchParams) => void): void;
    entries(): IterableIterator<[string, string]>;
    keys(): IterableIterator<string>;
    values(): IterableIterator<string>;
    toString(): string;
  }
  var URLSearchParams: new (
    init?: string | Iterable<readonly [string, string]> | Readonly<Record<string, string>>,
  ) => URLSearchParams;
  interface URL {
    readonly origin: string;
    readonly searchParams: URLSearchParams;
    href: string;
    protocol: string;
    username: string;
    password: string;
    host: string;
    hostname: string;
    port: string;
    pathname: string;
    search: string;
    hash: string;
    toString(): string;
    toJSON(): string;
  }
  var URL: {
    new (url: string, base?: string): URL;
    canParse(url: string, base?: string): boolean;
    parse(url: string, base?: string): URL | null;
  };
}
