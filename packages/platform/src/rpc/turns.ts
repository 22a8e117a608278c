/** So many at once, the others wait, and not too many of them: parties in turn, what one party wants in order. */
import { systemClock } from '../clock.ts';
import { refuse } from '../errors.ts';
import { limits } from '../limits.ts';

export interface TurnsOptions {
  /** For what, as a refusal says it. */
  readonly what?: string;
  /** How long a place stays empty after an action that gave false, in times of what the action took. */
  readonly rest?: number;
}

interface Waiting {
  readonly begin: () => void;
  readonly refuse: (error: Error) => void;
}

export class Turns {
  readonly #atOnce: number;
  readonly #most: number;
  readonly #what: string;
  readonly #rest: number;
  /** By party, whose turn it is next first. */
  readonly #waiting = new Map<string, Waiting[]>();
  #size = 0;
  #running = 0;

  /** `most`: how many may wait. */
  constructor(atOnce: number, most: number, { what = 'evidence', rest = 0 }: TurnsOptions = {}) {
    this.#atOnce = atOnce;
    this.#most = most;
    this.#what = what;
    this.#rest = rest;
  }

  /**
   * What the action gives. Rejects with `PlatformError` "busy" where too many wait: of the party that has most of them waiting, what came last.
   *
   * @param party for whom; parties have their turns one after the other
   */
  async take<T>(action: () => Promise<T>, party = ''): Promise<T> {
    if (this.#running < this.#atOnce) this.#running++;
    else await this.#wait(party);
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
    const [next] = this.#waiting;
    if (next === undefined) {
      this.#running--;
      return;
    }
    const [party, queue] = next;
    const first = queue.shift();
    // Its next one comes after those of all others.
    this.#waiting.delete(party);
    if (queue.length > 0) this.#waiting.set(party, queue);
    this.#size--;
    first?.begin();
  }

  #wait(party: string): Promise<void> {
    if (this.#size >= this.#most) this.#refuseOne(party);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const queue = this.#waiting.get(party) ?? [];
    this.#waiting.set(party, queue);
    queue.push({ begin: resolve, refuse: reject });
    this.#size++;
    return promise;
  }

  /** @throws PlatformError busy where it is the newcomer's turn to be refused */
  #refuseOne(newcomer: string): void {
    const error = refuse('busy', `Too many ask for ${this.#what} at once: try again in a moment.`, {
      retryAfterMs: limits.retryAfter.value,
    });
    const own = this.#waiting.get(newcomer)?.length ?? 0;
    let most = own + 1;
    let greediest: Waiting[] | undefined;
    for (const queue of this.#waiting.values())
      if (queue.length > most) [greediest, most] = [queue, queue.length];
    if (greediest === undefined) throw error;
    greediest.pop()?.refuse(error);
    this.#size--;
  }
}
