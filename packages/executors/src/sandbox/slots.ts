/** So many jobs at once; others wait in order. */
import { ExecutorError } from '../executor.ts';

export class Slots {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor(slots: number) {
    this.#free = slots;
  }

  /** Gives what gives the slot back. Rejects with `ExecutorError` ('canceled') when the signal says so first. */
  async take(signal: AbortSignal): Promise<() => void> {
    const canceled = () => new ExecutorError('canceled', 'The task was cancelled.');
    if (signal.aborted) throw canceled();
    if (this.#free > 0) {
      this.#free--;
    } else {
      await new Promise<void>((resolve, reject) => {
        const turn = () => {
          signal.removeEventListener('abort', abort);
          resolve();
        };
        const abort = () => {
          this.#waiting.splice(this.#waiting.indexOf(turn), 1);
          reject(canceled());
        };
        this.#waiting.push(turn);
        signal.addEventListener('abort', abort, { once: true });
      });
    }
    return () => {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#free++;
    };
  }
}
