/** One budget of time for all steps of an action. */

function timeoutError(what: string, ms: number): Error {
  return Object.assign(new Error(`no ${what} within ${ms} ms`), { code: 'ETIMEDOUT' });
}

/**
 * One budget of time for all steps of an action, which a signal may cut short.
 *
 * @example
 * ```ts
 * const deadline = new Deadline(15_000);
 * await deadline.wait('TLS handshake', handshake(socket));
 * await deadline.wait('answer', answer(socket));
 * ```
 */
export class Deadline {
  readonly #ms: number;
  /** On the clock of `performance.now()`. */
  readonly #end: number;
  readonly #signal: AbortSignal | undefined;

  /** `ms`: for all that is waited for together, counted from now. */
  constructor(ms: number, signal?: AbortSignal) {
    this.#ms = ms;
    this.#end = performance.now() + ms;
    this.#signal = signal;
  }

  /**
   * What the action gives, if it does so in time. An action that is given up continues by itself; what it gives is dropped.
   *
   * @throws a system error (`ETIMEDOUT`) when the time is up, and the signal's reason when that aborts
   */
  async wait<T>(what: string, action: Promise<T>): Promise<T> {
    const signal = this.#signal;
    const { promise, reject } = Promise.withResolvers<never>();
    const left = Math.max(0, this.#end - performance.now());
    const timer = setTimeout(() => reject(timeoutError(what, this.#ms)), left);
    const abort = () => reject(signal?.reason);
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
