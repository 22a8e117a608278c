import type { Attempts, Hold } from '../ports.ts';

interface Opened {
  readonly holds: Set<AbortController>;
  /** Of one that is ending: resolves when nothing is open any more. */
  over?: PromiseWithResolvers<void>;
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
    if (!opened || opened.over) {
      controller.abort('attempt over');
      return { signal: controller.signal, [Symbol.dispose]: () => undefined };
    }
    opened.holds.add(controller);
    return {
      signal: controller.signal,
      [Symbol.dispose]: () => {
        opened.holds.delete(controller);
        this.#leave(attempt, opened);
      },
    };
  }

  /**
   * Nothing is opened under it any more, and what is open is ended. Resolves when it has, whoever asked first: then no byte of the attempt
   * is written.
   */
  async end(attempt: string): Promise<void> {
    const opened = this.#open.get(attempt);
    if (!opened) return;
    opened.over ??= Promise.withResolvers();
    const { promise } = opened.over;
    for (const controller of opened.holds) controller.abort('attempt over');
    this.#leave(attempt, opened);
    await promise;
  }

  #leave(attempt: string, opened: Opened): void {
    const { holds, over } = opened;
    if (!over || holds.size > 0) return;
    if (this.#open.get(attempt) === opened) this.#open.delete(attempt);
    over.resolve();
  }
}
