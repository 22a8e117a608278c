/** So many at once, the others wait in order, and not too many of them. */
import { refuse } from '../errors.ts';

export class Turns {
  readonly #atOnce: number;
  readonly #most: number;
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  /** `most`: how many may wait. */
  constructor(atOnce: number, most: number) {
    this.#atOnce = atOnce;
    this.#most = most;
  }

  /** What the action gives. Rejects with `PlatformError` "busy" where too many wait. */
  async take<T>(action: () => Promise<T>): Promise<T> {
    if (this.#running < this.#atOnce) this.#running++;
    else await this.#wait();
    try {
      return await action();
    } finally {
      // The place is handed over: nobody who comes in between can take it as well.
      const next = this.#waiting.shift();
      if (next) next();
      else this.#running--;
    }
  }

  #wait(): Promise<void> {
    if (this.#waiting.length >= this.#most) {
      throw refuse('busy', 'Too many ask for evidence at once: try again in a moment.');
    }
    return new Promise((resolve) => this.#waiting.push(resolve));
  }
}
