/** Whatever a promise does, nobody waits for it longer than its signal says. */
import { ExecutorError } from './errors.ts';

/** As the promise; rejects with `ExecutorError` ('canceled') where the signal aborts first. */
export async function untilAborted<T>(coming: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const abort = () => reject(new ExecutorError('canceled', 'The task was cancelled.'));
  signal.addEventListener('abort', abort);
  try {
    if (signal.aborted) abort();
    return await Promise.race([coming, promise]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
