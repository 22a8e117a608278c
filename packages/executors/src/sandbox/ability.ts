/** Whether an executor's processes start: as the last start says. */
import type { Ability } from '../executor.ts';

/** An ability, and who wants to know of its changes. */
export class AbilityState {
  readonly #listeners = new Set<() => void>();
  #now: Ability;

  constructor(now: Ability) {
    this.#now = now;
  }

  /** The last that was set. */
  get now(): Ability {
    return this.#now;
  }

  /** Tells its listeners of a change. */
  set(next: Ability): void {
    if (next === this.#now) return;
    this.#now = next;
    for (const listener of this.#listeners) listener();
  }

  /** Calls `listener` after each change, until the returned function is called. */
  watch(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }
}
