/**
 * What the host ends a program with: a trap of its own, an exit, a limit. Such an error is an exception of JavaScript, which a program's
 * `catch_all` would catch: so a real trap takes its place, which nothing catches, and what it stands for is kept here.
 */
import type {} from '../webassembly.ts';

/** A module whose function "h" is `unreachable`. */
const HALT = 'AGFzbQEAAAABBAFgAAADAgEABwUBAWgAAAoFAQMAAAs=';

let halt: (() => void) | undefined;

/** Never returns. */
function trap(): void {
  if (!halt) {
    const { exports } = new WebAssembly.Instance(
      new WebAssembly.Module(new Uint8Array(Buffer.from(HALT, 'base64'))),
    );
    const found = exports['h'];
    if (isFunction(found)) halt = found;
  }
  halt?.();
}

const isFunction = (value: unknown): value is () => void => typeof value === 'function';

/** One for each run of a program. */
export class Stop {
  #stopped: { readonly error: unknown } | undefined;

  /** From the first error on, each call of the host ends the program with that error. */
  guard(call: (...args: never[]) => number | undefined): (...args: never[]) => number | undefined {
    return (...args) => {
      try {
        if (!this.#stopped) return call(...args);
      } catch (error) {
        this.#stopped ??= { error };
      }
      trap();
      throw this.#stopped?.error;
    };
  }

  /** Runs the program. Throws what the host ended it with, whatever the program made of that. */
  run<T>(program: () => T): T {
    try {
      const value = program();
      if (!this.#stopped) return value;
    } catch (error) {
      this.#stopped ??= { error };
    }
    throw this.#stopped.error;
  }
}
