/** What arrives, for whoever iterates over it; ends, or breaks, once what arrived before was taken. */
export class Mailbox<T> implements AsyncIterable<T> {
  readonly #messages: T[] = [];
  #end: { readonly error?: unknown } | undefined;
  #wake: (() => void) | undefined;

  push(message: T): void {
    if (this.#end) return;
    this.#messages.push(message);
    this.#wake?.();
  }

  end(): void {
    this.#stop({});
  }

  fail(error: unknown): void {
    this.#stop({ error });
  }

  #stop(end: { readonly error?: unknown }): void {
    this.#end ??= end;
    this.#wake?.();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T> {
    for (;;) {
      const [next] = this.#messages.splice(0, 1);
      if (next !== undefined) {
        yield next;
        continue;
      }
      if (this.#end && 'error' in this.#end) throw this.#end.error;
      if (this.#end) return;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
}
