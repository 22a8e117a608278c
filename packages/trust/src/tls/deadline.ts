/** Waiting no longer than that. */

function timedOut(what: string, ms: number): NodeJS.ErrnoException {
  const error = new Error(`no ${what} within ${ms} ms`) as NodeJS.ErrnoException;
  error.code = 'ETIMEDOUT';
  return error;
}

export interface Deadline {
  /** Of all that is waited for. */
  readonly ms: number;
  /** On the clock of `performance.now()`. */
  readonly end: number;
  readonly signal?: AbortSignal | undefined;
}

export const deadlineIn = (ms: number, signal?: AbortSignal): Deadline => ({
  ms,
  end: performance.now() + ms,
  signal,
});

/**
 * What the action gives. Rejects with "ETIMEDOUT" when the time is up and with the signal's reason when it says so: what the
 * action does afterwards is then nobody's.
 */
export async function within<T>({ ms, end, signal }: Deadline, what: string, action: Promise<T>): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(timedOut(what, ms)), Math.max(0, end - performance.now()));
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
