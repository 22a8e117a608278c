/** An attempt that is over has a while to end. Then its place is given to others, whatever it still waits for. */
import { limits } from '../../limits.ts';

const GRACE_MS = limits.attemptGrace.value;

/** In place of what an attempt that was dropped would have said. */
export const dropped: unique symbol = Symbol('dropped');

/** As the promise, which never rejects; `dropped` where it has not settled a while after the signal. */
export async function orDropped<T>(working: Promise<T>, signal: AbortSignal): Promise<T | typeof dropped> {
  const { promise: late, resolve } = Promise.withResolvers<typeof dropped>();
  let grace: NodeJS.Timeout | undefined;
  const begin = () => {
    grace = setTimeout(() => resolve(dropped), GRACE_MS);
  };
  signal.addEventListener('abort', begin, { once: true });
  if (signal.aborted) begin();
  try {
    return await Promise.race([working, late]);
  } finally {
    clearTimeout(grace);
    signal.removeEventListener('abort', begin);
  }
}
