/** One budget of time for all steps of an action. */

function timedOut(what: string, ms: number): Error {
  return Object.assign(new Error(`no ${what} within ${ms} ms`), { code: 'ETIMEDOUT' });
}

export class Deadline {
  readonly #ms: number;
  /** On the clock of `performance.now()`. */
  readonly #end: number;
  readonly #signal: AbortSignal | undefined;

  /** `ms`: for everything that is waited for, from now on. */
  constructor(ms: number, signal?: AbortSignal) {
    this.#ms = ms;
    this.#end = performance.now() + ms;
    this.#signal = signal;
  }

  /**
   * What the action gives. Rejects with "ETIMEDOUT" when the time is up and with the signal's reason when it says so: what the
   * action does afterwards is then nobody's.
   */
  async wait<T>(what: string, action: Promise<T>): Promise<T> {
    const signal = this.#signal;
    const { promise, reject } = Promise.withResolvers<never>();
    const left = Math.max(0, this.#end - performance.now());
    const timer = setTimeout(() => reject(timedOut(what, this.#ms)), left);
    const abort = () => reject(signal?.reason as Error);
    if (signal?.aborted) abort();
    signal?.addEventListener('abort', abort, { once: true });
    try {
      return await Promise.race([action, promise]);
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
    }
  }
}
