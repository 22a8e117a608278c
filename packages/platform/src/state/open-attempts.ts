import type { Attempts, Hold } from '../ports.ts';

interface Opened {
  readonly holds: Set<AbortController>;
  /** Of one that has ended: gets word when nothing is open any more. */
  left?: () => void;
}

/** What is open by the right of leases: it ends with them. Names are those of attempts (`attemptName`). */
export class OpenAttempts implements Attempts {
  readonly #open = new Map<string, Opened>();

  /** From now on something may be opened under it. */
  begin(attempt: string): void {
    if (this.#open.has(attempt)) return;
    this.#open.set(attempt, { holds: new Set() });
  }

  hold(attempt: string): Hold {
    const controller = new AbortController();
    const opened = this.#open.get(attempt);
    if (opened) opened.holds.add(controller);
    else controller.abort('attempt over');
    return {
      signal: controller.signal,
      [Symbol.dispose]: () => {
        opened?.holds.delete(controller);
        if (opened?.holds.size === 0) opened.left?.();
      },
    };
  }

  /** Nothing is opened under it any more, and what is open is ended. Resolves when it has: then no byte of the attempt is written. */
  async end(attempt: string): Promise<void> {
    const opened = this.#open.get(attempt);
    if (!opened) return;
    this.#open.delete(attempt);
    if (opened.holds.size === 0) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    opened.left = resolve;
    for (const controller of opened.holds) controller.abort('attempt over');
    await promise;
  }
}
