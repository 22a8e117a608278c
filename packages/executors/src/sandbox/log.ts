/** What a function writes to its log, bounded. */
export class BoundedLog {
  readonly #limit: number;
  readonly #chunks: Uint8Array[] = [];
  #size = 0;

  /** Bytes. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Whether it still fits; what does not is dropped. */
  add(chunk: Uint8Array): boolean {
    const kept = chunk.subarray(0, this.#limit - this.#size);
    if (kept.length > 0) this.#chunks.push(kept);
    this.#size += kept.length;
    return kept.length === chunk.length;
  }

  lines(): string[] {
    const lines = Buffer.concat(this.#chunks).toString().split(/\r?\n/);
    if (lines.at(-1) === '') lines.pop();
    return lines;
  }
}
