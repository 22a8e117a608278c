/** One write under way while the next bytes are made; writes still begin one after the other. */
export class WriteBehind<Args extends readonly unknown[]> {
  readonly #write: (...args: Args) => void | Promise<void>;
  #running: void | Promise<void> = undefined;

  constructor(write: (...args: Args) => void | Promise<void>) {
    this.#write = write;
  }

  /** Resolves when the write before has ended and this one has begun: its bytes must stay as they are. */
  async write(...args: Args): Promise<void> {
    await this.#running;
    this.#running = this.#write(...args);
    // A failure is reported by the next call.
    if (this.#running) this.#running.catch(() => undefined);
  }

  /** Resolves when everything is written. */
  async end(): Promise<void> {
    await this.#running;
  }

  /** Resolves when no write is under way, well or badly ended. */
  async settle(): Promise<void> {
    await Promise.allSettled([this.#running]);
  }
}
