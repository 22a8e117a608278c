/**
 * Remembers what was parsed and whose signature was found good, by content: endorsements and certificate chains that
 * come again and again cost one hash instead of a parse and signature checks. Never remembers a judgement that depends on
 * the time or on the roots, and no failure.
 */

import { equal, toHex } from './bytes.ts';
import type { Crypto } from './crypto/crypto.ts';
import { limits } from './limits.ts';

/** Remembers what was parsed and verified, by content. `VerificationCache` is one. */
export interface Cache {
  /** The value made earlier of the same `domain` and contents, or else what `make` returns. */
  remember<T>(
    crypto: Crypto,
    domain: string,
    contents: readonly Uint8Array[],
    make: () => T | Promise<T>,
  ): T | Promise<T>;
}

const same = (a: Uint8Array, b: Uint8Array): boolean => a === b || equal(a, b);

/** For one verification: the same object is looked at once, although several parts of it may lean on it. */
export class CallCache implements Cache {
  readonly #values: {
    readonly domain: string;
    readonly contents: readonly Uint8Array[];
    readonly value: unknown;
  }[] = [];

  async remember<T>(
    _crypto: Crypto,
    domain: string,
    contents: readonly Uint8Array[],
    make: () => T | Promise<T>,
  ): Promise<T> {
    const found = this.#values.find(
      (entry) =>
        entry.domain === domain &&
        entry.contents.length === contents.length &&
        entry.contents.every((content, index) => {
          const other = contents[index];
          return other !== undefined && same(content, other);
        }),
    );
    // Each domain is used in one place, for values of one type.
    if (found !== undefined) return found.value as T;
    const value = await make();
    this.#values.push({ domain, contents, value });
    return value;
  }
}

/**
 * Remembers for a process. Forgets what was not used for longest beyond `entries`, or beyond `bytes` of content.
 *
 * @example
 * const cache = new VerificationCache();
 * await verify(evidence, endorsements, { at: Date.now(), cache });
 */
export class VerificationCache implements Cache {
  readonly #values = new Map<string, { value: unknown; size: number }>();
  readonly #entries: number;
  readonly #bytes: number;
  #size = 0;

  constructor({ entries, bytes }: { readonly entries?: number; readonly bytes?: number } = {}) {
    this.#entries = entries ?? limits.cacheEntries.value;
    this.#bytes = bytes ?? limits.cacheBytes.value;
  }

  async remember<T>(
    crypto: Crypto,
    domain: string,
    contents: readonly Uint8Array[],
    make: () => T | Promise<T>,
  ): Promise<T> {
    let key = domain;
    for (const content of contents) key += `:${toHex(await crypto.digest('sha256', content))}`;
    const found = this.#values.get(key);
    if (found !== undefined) {
      // A Map keeps the order of insertion: the first one is the one not used for longest.
      this.#values.delete(key);
      this.#values.set(key, found);
      // Each domain is used in one place, for values of one type.
      return found.value as T;
    }
    const value = await make();
    const size = contents.reduce((sum, content) => sum + content.length, 0);
    this.#forget(key);
    this.#values.set(key, { value, size });
    this.#size += size;
    for (const oldest of this.#values.keys()) {
      if (this.#values.size <= this.#entries && this.#size <= this.#bytes) break;
      this.#forget(oldest);
    }
    return value;
  }

  #forget(key: string): void {
    const entry = this.#values.get(key);
    if (entry === undefined) return;
    this.#size -= entry.size;
    this.#values.delete(key);
  }
}
