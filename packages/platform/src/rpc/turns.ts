/** So many at once, the others wait in order, and not too many of them. */
import { systemClock } from '../clock.ts';
import { refuse } from '../errors.ts';
import { limits } from '../limits.ts';

export interface TurnsOptions {
  /** For what, as a refusal says it. */
  readonly what?: string;
  /** How long a place stays empty after an action that gave false, in times of what the action took. */
  readonly rest?: number;
}

export class Turns {
  readonly #atOnce: number;
  readonly #most: number;
  readonly #what: string;
  readonly #rest: number;
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  /** `most`: how many may wait. */
  constructor(atOnce: number, most: number, { what = 'evidence', rest = 0 }: TurnsOptions = {}) {
    this.#atOnce = atOnce;
    this.#most = most;
    this.#what = what;
    this.#rest = rest;
  }

  /** What the action gives. Rejects with `PlatformError` "busy" where too many wait. */
  async take<T>(action: () => Promise<T>): Promise<T> {
    if (this.#running < this.#atOnce) this.#running++;
    else await this.#wait();
    const began = systemClock.monotonic();
    let result: T | undefined;
    try {
      result = await action();
      return result;
    } finally {
      const rest = result === false ? this.#rest * (systemClock.monotonic() - began) : 0;
      if (rest > 0) setTimeout(() => this.#leave(), rest);
      else this.#leave();
    }
  }

  #leave(): void {
    // The place is handed over: nobody who comes in between can take it as well.
    const next = this.#waiting.shift();
    if (next) next();
    else this.#running--;
  }

  #wait(): Promise<void> {
    if (this.#waiting.length >= this.#most) {
      throw refuse('busy', `Too many ask for ${this.#what} at once: try again in a moment.`, {
        retryAfterMs: limits.retryAfter.value,
      });
    }
    return new Promise((resolve) => this.#waiting.push(resolve));
  }
}
