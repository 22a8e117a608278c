/** What keeps a service: until it is stopped, or cannot go on. */
import type { CodedError } from '@gaiwan/errors';
import { type Context, note } from '../context.ts';
import { exitCodeFor } from '../exit-codes.ts';
import { limits } from '../limits.ts';
import { leave } from './leave.ts';

export interface Service {
  /** Resolves with why it has to be started anew. */
  readonly failed: Promise<CodedError>;
  close(): Promise<void>;
}

/**
 * Resolves when the service was asked to stop and is closed. `stopping`: is called before it is closed.
 *
 * @throws why it cannot go on, once it is closed; whoever watches over it starts it again. What does not close in time is left behind.
 */
export async function untilOver(
  context: Context,
  stopped: AbortSignal,
  service: Service,
  stopping: () => void = () => undefined,
): Promise<void> {
  const asked = new Promise<void>((resolve) => {
    if (stopped.aborted) resolve();
    else stopped.addEventListener('abort', () => resolve(), { once: true });
  });
  const failure = await Promise.race([asked, service.failed]);
  if (!failure) {
    stopping();
    await service.close();
    return leave();
  }
  setTimeout(() => {
    note(context, `gaiwan: ${failure.code}: ${failure.message}`);
    process.exit(exitCodeFor(failure));
  }, limits.failing.value).unref();
  // Much of it cannot be closed well: its disk has failed.
  await service.close().catch(() => undefined);
  leave();
  throw failure;
}
