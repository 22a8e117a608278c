/** Values pushed on one side and iterated on the other; bounded. */
export class AsyncQueue<T> implements AsyncIterable<T> {
  readonly #limit: number;
  #values: T[] = [];
  #wake: (() => void) | undefined;
  #ended = false;
  #why: Error | undefined;

  constructor(limit = 10_000) {
    this.#limit = limit;
  }

  /** False when the queue has ended or is full: whoever reads is too slow. */
  push(value: T): boolean {
    if (this.#ended || this.#values.length >= this.#limit) return false;
    this.#values.push(value);
    this.#wake?.();
    return true;
  }

  /** `why`: what whoever reads is given after the last value, in place of a plain end. */
  end(why?: Error): void {
    if (!this.#ended) this.#why = why;
    this.#ended = true;
    this.#wake?.();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T> {
    for (;;) {
      const values = this.#values;
      this.#values = [];
      yield* values;
      if (this.#values.length > 0) continue;
      if (this.#why) throw this.#why;
      if (this.#ended) return;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      this.#wake = undefined;
    }
  }
}
