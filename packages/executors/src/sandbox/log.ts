/** What a function writes to its log, bounded. */
import { MAX_LOG_LINES } from '../result-limits.ts';

const NEWLINE = 10;

/** Bytes as they come, lines at the end. */
export class BoundedLog {
  readonly #limit: number;
  /** Grows by doubling: a byte at a time must not cost an object each. */
  #bytes = Buffer.alloc(0);
  #size = 0;
  #newlines = 0;

  /** Bytes. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Whether it still fits, by its bytes and by its lines; what does not is dropped. */
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
    for (let at = kept.indexOf(NEWLINE); at >= 0; at = kept.indexOf(NEWLINE, at + 1)) this.#newlines++;
    return kept.length === chunk.length && this.#newlines <= MAX_LOG_LINES;
  }

  /** In UTF-8 no longer than what was written. */
  lines(): string[] {
    const text = this.#bytes.toString('utf8', 0, this.#size);
    // What is no UTF-8 would be three bytes for each of its own.
    const bounded = Buffer.byteLength(text) > this.#size ? text.replaceAll('\ufffd', '?') : text;
    const lines = bounded.split(/\r?\n/, MAX_LOG_LINES + 1);
    if (lines.at(-1) === '') lines.pop();
    return lines.slice(0, MAX_LOG_LINES);
  }
}
