/** One write under way while the next bytes are made; writes still begin one after the other. */
export class WriteBehind<Args extends readonly unknown[]> {
  readonly #write: (...args: Args) => void | Promise<void>;
  #under: void | Promise<void> = undefined;

  constructor(write: (...args: Args) => void | Promise<void>) {
    this.#write = write;
  }

  /** Resolves when the write before has ended and this one has begun: its bytes must stay as they are. */
  async write(...args: Args): Promise<void> {
    await this.#under;
    this.#under = this.#write(...args);
    // A failure is told by the next call.
    if (this.#under) this.#under.catch(() => undefined);
  }

  /** Resolves when everything is written. */
  async end(): Promise<void> {
    await this.#under;
  }

  /** Resolves when no write is under way, well or badly ended. */
  async settled(): Promise<void> {
    await Promise.allSettled([this.#under]);
  }
}
