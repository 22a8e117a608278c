/** What calls under way may hold: of one caller, and of all together. */
import { refuse } from '../errors.ts';
import { limits } from '../limits.ts';

export interface Allowance {
  readonly calls: number;
  /** Of their messages. */
  readonly bytes: number;
}

interface Held {
  calls: number;
  bytes: number;
}

const RETRY = { retryAfterMs: limits.retryAfter.value };

export class Budget {
  readonly #each: Allowance;
  readonly #all: Allowance;
  readonly #least: number;
  readonly #callers = new Map<string, Held>();
  readonly #total: Held = { calls: 0, bytes: 0 };

  /** `each`: of one caller. `least`: calls that a caller has in any case, also where all have as many as they may. */
  constructor(each: Allowance, all: Allowance, least = 0) {
    this.#each = each;
    this.#all = all;
    this.#least = least;
  }

  /** Callers that have something under way. */
  get callers(): number {
    return this.#callers.size;
  }

  /**
   * A place for one call; dispose of it when the call has ended.
   *
   * @throws PlatformError too-many-calls
   */
  enter(caller: string): Place {
    const own = this.#callers.get(caller) ?? { calls: 0, bytes: 0 };
    if (own.calls >= this.#each.calls)
      throw refuse(
        'too-many-calls',
        `${own.calls} calls of this caller are running: wait for some to end.`,
        RETRY,
      );
    if (this.#total.calls >= this.#all.calls && own.calls >= this.#least)
      throw refuse(
        'too-many-calls',
        'Too many calls of all callers are running: call again in a moment.',
        RETRY,
      );
    this.#callers.set(caller, own);
    own.calls++;
    this.#total.calls++;
    return new Place(
      (change) => this.#change(own, change),
      () => this.#leave(caller, own),
    );
  }

  #change(own: Held, bytes: number): void {
    if (bytes > 0 && own.bytes + bytes > this.#each.bytes)
      throw refuse(
        'too-much-in-flight',
        `The messages of this caller's calls would hold more than ${this.#each.bytes} bytes: wait for some to end.`,
        RETRY,
      );
    if (bytes > 0 && this.#total.bytes + bytes > this.#all.bytes)
      throw refuse(
        'too-much-in-flight',
        'The messages of all calls hold too much: call again in a moment.',
        RETRY,
      );
    own.bytes += bytes;
    this.#total.bytes += bytes;
  }

  #leave(caller: string, own: Held): void {
    own.calls--;
    this.#total.calls--;
    if (own.calls === 0) this.#callers.delete(caller);
  }
}

/** One call's part of a budget. */
class Place {
  readonly #change: (bytes: number) => void;
  readonly #leave: () => void;
  #held = 0;
  #left = false;

  constructor(change: (bytes: number) => void, leave: () => void) {
    this.#change = change;
    this.#leave = leave;
  }

  /**
   * Counts bytes as held until they are released, or the call ends. After its end nothing is counted any more.
   *
   * @throws PlatformError too-much-in-flight; then they are not counted
   */
  hold(bytes: number): void {
    if (this.#left) return;
    this.#change(bytes);
    this.#held += bytes;
  }

  release(bytes: number): void {
    if (this.#left) return;
    const held = Math.min(bytes, this.#held);
    this.#held -= held;
    this.#change(-held);
  }

  [Symbol.dispose](): void {
    if (this.#left) return;
    this.release(this.#held);
    this.#left = true;
    this.#leave();
  }
}

export type { Place };
