/** Numbers for sampling that a seed decides: xorshift of 32 bits after a hash of the seed. Not for secrets. */
export class Random {
  #state: number;

  constructor(seed: number) {
    // Mixes both halves of the seed (murmur's finalizer); xorshift must not start at 0.
    let state = Math.imul((seed >>> 0) ^ Math.floor(seed / 2 ** 32), 0x9e3779b1) ^ 0x85ebca6b;
    state = Math.imul(state ^ (state >>> 16), 0x85ebca6b);
    state = Math.imul(state ^ (state >>> 13), 0xc2b2ae35);
    this.#state = (state ^ (state >>> 16)) | 0 || 1;
  }

  /** An integer from 0 to `limit - 1`. */
  below(limit: number): number {
    let state = this.#state;
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    this.#state = state;
    return Math.floor(((state >>> 0) / 2 ** 32) * limit);
  }

  /** `count` different integers from 0 to `limit - 1`, ascending. */
  sample(count: number, limit: number): Uint32Array<ArrayBuffer> {
    const chosen = new Uint32Array(count);
    // Selection sampling (Knuth's algorithm S): one pass, in order.
    for (let at = 0, taken = 0; taken < count; at++) {
      if (this.below(limit - at) < count - taken) chosen[taken++] = at;
    }
    return chosen;
  }
}
