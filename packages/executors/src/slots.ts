/** So many jobs at once; others wait in order. */
import { ExecutorError } from './errors.ts';

/** Gives the slot back. */
export type Leave = () => void;

/** A number of slots, and the queue for them. */
export class Slots {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor(slots: number) {
    this.#free = slots;
  }

  /** Rejects with `ExecutorError` ('canceled') when the signal says so first. */
  take(signal: AbortSignal): Promise<Leave> {
    return new Promise((resolve, reject) => {
      const canceled = () => {
        settle();
        reject(new ExecutorError('canceled', 'The task was cancelled.'));
      };
      if (signal.aborted) return reject(new ExecutorError('canceled', 'The task was cancelled.'));
      if (this.#free > 0) {
        this.#free--;
        return resolve(() => this.#leave());
      }
      const go = () => {
        settle();
        resolve(() => this.#leave());
      };
      const settle = () => {
        signal.removeEventListener('abort', canceled);
        const index = this.#waiting.indexOf(go);
        if (index >= 0) this.#waiting.splice(index, 1);
      };
      this.#waiting.push(go);
      signal.addEventListener('abort', canceled);
    });
  }

  #leave(): void {
    const next = this.#waiting.shift();
    if (next) next();
    else this.#free++;
  }
}
