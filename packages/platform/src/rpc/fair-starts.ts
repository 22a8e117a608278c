/** In which order calls of users are begun: one of each in turn, whoever has how many. */
import { limits } from '../limits.ts';

/**
 * All calls share a thread. Of those that wait for it, each turn of its event loop begins a few, of one user after the other: a user with a
 * thousand calls keeps another's waiting for a few of them. What was begun is not counted: it may wait for a disk or an anchor.
 */
export class FairStarts {
  readonly #perTurn: number;
  readonly #afterTurn: (run: () => void) => void;
  /** By caller; the first is whose turn it is. */
  readonly #waiting = new Map<string, (() => void)[]>();
  #begun = 0;
  #scheduled = false;

  /** `afterTurn`: runs something in the next turn of the event loop. */
  constructor(
    perTurn: number = limits.startsPerTurn.value,
    afterTurn: (run: () => void) => void = (run) => void setImmediate(run),
  ) {
    this.#perTurn = perTurn;
    this.#afterTurn = afterTurn;
  }

  /** Resolves when a call of this caller may begin. */
  async turn(caller: string): Promise<void> {
    this.#schedule();
    if (this.#begun < this.#perTurn && this.#waiting.size === 0) {
      this.#begun++;
      return;
    }
    const { promise, resolve } = Promise.withResolvers<void>();
    const others = this.#waiting.get(caller);
    if (others) others.push(resolve);
    else this.#waiting.set(caller, [resolve]);
    await promise;
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.#afterTurn(() => this.#next());
  }

  #next(): void {
    this.#scheduled = false;
    for (this.#begun = 0; this.#begun < this.#perTurn; this.#begun++) {
      const [first] = this.#waiting;
      if (first === undefined) break;
      const [caller, calls] = first;
      const begin = calls.shift();
      this.#waiting.delete(caller);
      if (calls.length > 0) this.#waiting.set(caller, calls);
      begin?.();
    }
    if (this.#begun > 0) this.#schedule();
  }
}
