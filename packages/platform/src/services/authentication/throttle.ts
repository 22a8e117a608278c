/** Failed logins, by user and by address: token buckets in bounded maps. */

import { limits } from '../../limits.ts';
import type { Stopwatch } from '../../ports.ts';

export interface Bucket {
  /** Failures that may come at once. */
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

  allows(name: string): boolean {
    const { burst, refillMs } = this.#bucket;
    return (this.#full.get(name) ?? 0) - this.#clock.monotonic() <= (burst - 1) * refillMs;
  }

  recordFailure(name: string): void {
    const now = this.#clock.monotonic();
    const full = Math.max(now, this.#full.get(name) ?? 0) + this.#bucket.refillMs;
    this.#full.delete(name);
    this.#full.set(name, full);
    // The oldest goes: an attacker who fills the map must fail ENTRIES times to forget one name.
    const [oldest] = this.#full.keys();
    if (oldest !== undefined && this.#full.size > ENTRIES) this.#full.delete(oldest);
  }
}
