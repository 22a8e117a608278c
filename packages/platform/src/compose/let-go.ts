/** Closing what may never come to an end: a folder on a network that is gone, a device that does not answer. */
import { setTimeout as sleep } from 'node:timers/promises';
import { limits } from '@gaiwan/store';

/** Resolves when it is closed, or has had its time: a stop does not hang on it. Rejects as its `close`. */
export async function letGo(
  one: { close(): Promise<void> },
  wait: number = limits.anchorStopWait.value,
): Promise<void> {
  const closed = new AbortController();
  const late = sleep(wait, undefined, { signal: closed.signal }).catch(() => undefined);
  try {
    await Promise.race([one.close(), late]);
  } finally {
    closed.abort();
  }
}
