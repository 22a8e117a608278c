/** Token buckets: how often each address may ask, and all of them together. */
import { limits } from '../limits.ts';

export interface Rate {
  /** Requests in a second, in the long run. */
  readonly perSecond: number;
  /** Requests at once, after a rest. */
  readonly burst: number;
}

interface Bucket {
  tokens: number;
  at: number;
}

/** Addresses remembered. */
const REMEMBERED = limits.addresses.value;

export class RateLimit {
  readonly #each: Rate;
  readonly #all: Rate;
  readonly #now: () => number;
  readonly #buckets = new Map<string, Bucket>();
  readonly #total: Bucket;

  constructor(each: Rate, all: Rate, now: () => number) {
    this.#each = each;
    this.#all = all;
    this.#now = now;
    this.#total = { tokens: all.burst, at: now() };
  }

  /** Addresses whose buckets are kept. */
  get remembered(): number {
    return this.#buckets.size;
  }

  /** Seconds until the address may ask; 0: now. */
  wait(address: string): number {
    return this.#waitOf(this.#filled(address));
  }

  /** 0: continue. Else the seconds to wait. */
  take(address: string): number {
    const bucket = this.#filled(address);
    const wait = this.#waitOf(bucket);
    if (wait === 0) {
      bucket.tokens--;
      this.#total.tokens--;
    }
    // Most recently used last. A full bucket is as good as none.
    this.#buckets.delete(address);
    if (bucket.tokens < this.#each.burst) this.#buckets.set(address, bucket);
    const [oldest] = this.#buckets.keys();
    if (oldest !== undefined && this.#buckets.size > REMEMBERED) this.#buckets.delete(oldest);
    return wait;
  }

  /** With what has come in since it was looked at. */
  #filled(address: string): Bucket {
    const now = this.#now();
    const bucket = this.#buckets.get(address) ?? { tokens: this.#each.burst, at: now };
    fill(bucket, this.#each, now);
    fill(this.#total, this.#all, now);
    return bucket;
  }

  #waitOf(bucket: Bucket): number {
    return Math.max(secondsToToken(bucket, this.#each), secondsToToken(this.#total, this.#all));
  }
}

function fill(bucket: Bucket, { perSecond, burst }: Rate, now: number): void {
  bucket.tokens = Math.min(burst, bucket.tokens + (Math.max(0, now - bucket.at) / 1000) * perSecond);
  bucket.at = now;
}

const secondsToToken = ({ tokens }: Bucket, { perSecond }: Rate): number =>
  tokens >= 1 ? 0 : Math.max(1, Math.ceil((1 - tokens) / perSecond));
