/** Lets as many tasks into an executor as it runs at once; the others wait in order, but not for long. */
import { ExecutorError } from '@gaiwan/executors';

/** The task was not begun: its lease goes back, another worker may be faster. */
export class GivenBack extends Error {
  override readonly name = 'GivenBack';
}

export class Turnstile {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor(slots: number) {
    this.#free = slots;
  }

  /**
   * Resolves with what must be called to leave. Rejects with `GivenBack` after `patience` ms, and with `ExecutorError`
   * (canceled).
   */
  enter(patience: number, signal: AbortSignal): Promise<() => void> {
    return new Promise((resolve, reject) => {
      const canceled = () => give(new ExecutorError('canceled', 'The task was cancelled.'));
      let timer: NodeJS.Timeout | undefined;
      const settle = () => {
        clearTimeout(timer);
        signal.removeEventListener('abort', canceled);
      };
      const go = () => {
        settle();
        resolve(() => this.#leave());
      };
      const give = (error: Error) => {
        settle();
        const index = this.#waiting.indexOf(go);
        if (index >= 0) this.#waiting.splice(index, 1);
        reject(error);
      };
      if (signal.aborted) return canceled();
      if (this.#free > 0) {
        this.#free--;
        return go();
      }
      this.#waiting.push(go);
      signal.addEventListener('abort', canceled);
      timer = setTimeout(() => give(new GivenBack()), patience);
    });
  }

  #leave(): void {
    const next = this.#waiting.shift();
    if (next) next();
    else this.#free++;
  }
}
