/** Guesses, by user, by address or by both: token buckets in bounded maps. */

import { limits } from '../../limits.ts';
import type { Stopwatch } from '../../ports.ts';

export interface Bucket {
  /** Guesses that may come at once. */
  readonly burst: number;
  /** ms until one more is allowed. */
  readonly refillMs: number;
}

const ENTRIES = limits.throttledNames.value;

export class Throttle {
  readonly #clock: Stopwatch;
  readonly #bucket: Bucket;
  /** When the bucket will be full again. */
  readonly #full = new Map<string, number>();

  constructor(clock: Stopwatch, bucket: Bucket) {
    this.#clock = clock;
    this.#bucket = bucket;
  }

  /** ms until a guess may be taken; 0: now. */
  wait(name: string): number {
    const { burst, refillMs } = this.#bucket;
    return Math.max(0, (this.#full.get(name) ?? 0) - this.#clock.monotonic() - (burst - 1) * refillMs);
  }

  /** Before it is known whether the guess is right. Call it where `wait` is 0. */
  take(name: string): void {
    const full = Math.max(this.#clock.monotonic(), this.#full.get(name) ?? 0) + this.#bucket.refillMs;
    this.#full.delete(name);
    this.#full.set(name, full);
    // The oldest goes: an attacker who fills the map must fail ENTRIES times to forget one name.
    const [oldest] = this.#full.keys();
    if (oldest !== undefined && this.#full.size > ENTRIES) this.#full.delete(oldest);
  }

  /** It was right. */
  giveBack(name: string): void {
    const full = this.#full.get(name);
    if (full === undefined) return;
    if (full - this.#bucket.refillMs <= this.#clock.monotonic()) this.#full.delete(name);
    else this.#full.set(name, full - this.#bucket.refillMs);
  }
}
