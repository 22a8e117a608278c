/** What a function writes to its log, bounded. */
export class BoundedLog {
  readonly #limit: number;
  /** Grows by doubling: a byte at a time must not cost an object each. */
  #bytes = Buffer.alloc(0);
  #size = 0;

  /** Bytes. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Whether it still fits; what does not is dropped. */
  add(chunk: Uint8Array): boolean {
    const kept = chunk.subarray(0, this.#limit - this.#size);
    const end = this.#size + kept.length;
    if (end > this.#bytes.length) {
      const larger = Buffer.alloc(Math.min(this.#limit, Math.max(end, 2 * this.#bytes.length)));
      larger.set(this.#bytes);
      this.#bytes = larger;
    }
    this.#bytes.set(kept, this.#size);
    this.#size = end;
    return kept.length === chunk.length;
  }

  lines(): string[] {
    const lines = this.#bytes.toString('utf8', 0, this.#size).split(/\r?\n/);
    if (lines.at(-1) === '') lines.pop();
    return lines;
  }
}
