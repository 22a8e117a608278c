/** Follows a task over broken connections and restarts of the platform. */
import { setTimeout as sleep } from 'node:timers/promises';
import { hasEnded } from '@gaiwan/protocol';
import { GaiwanError } from './errors.ts';
import { limits } from './limits.ts';
import type { Rpc } from './rpc.ts';
import type { TaskState } from './task-types.ts';
import { outcomeOf, resultDeletedOf } from './task-wire.ts';

export interface WatchOptions {
  readonly signal?: AbortSignal;
  /** How long to go on trying while the platform cannot be reached, in ms (default: a minute). */
  readonly patience?: number;
}

const FIRST_PAUSE_MS = limits.watchPauseFirst.value;
const LONGEST_PAUSE_MS = limits.watchPauseLongest.value;

/** The state at once, then each change, and ends after the final one. */
export async function* watchTask(
  rpc: Rpc,
  taskId: string,
  options: WatchOptions = {},
): AsyncGenerator<TaskState> {
  const { patience = limits.watchPatience.value } = options;
  const signal = AbortSignal.any([rpc.closed, ...(options.signal ? [options.signal] : [])]);
  let last = '';
  let lostSince: number | undefined;
  let pause: number = FIRST_PAUSE_MS;
  let ended = false;
  for (;;) {
    let problem: unknown;
    try {
      for await (const message of rpc.tasks.watchTask({ taskId }, { signal })) {
        lostSince = undefined;
        pause = FIRST_PAUSE_MS;
        const { status, attempt, approvedUsers, goneUsers, voidUsers } = message;
        const seen = { status, attempt, approvedUsers, goneUsers, voidUsers };
        const state = { ...seen, outcome: outcomeOf(message.result), ...resultDeletedOf(message) };
        // A new connection repeats the state.
        const mark = JSON.stringify(seen);
        if (mark !== last) yield state;
        last = mark;
        // The server ends the stream now. It is read to its end: a client that resets streams looks like an attack.
        ended ||= hasEnded(status);
      }
      if (ended) return;
      // The platform ended the stream before the task ended: as good as a broken connection.
      problem = new GaiwanError(
        'connection-lost',
        `The platform stopped reporting on ${taskId}: watch again.`,
      );
    } catch (error) {
      if (ended) return;
      if (!isTransient(error)) throw error;
      problem = error;
    }
    lostSince ??= performance.now();
    if (performance.now() - lostSince > patience) throw problem;
    await sleep(pause, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) throw abortError(rpc);
    pause = Math.min(2 * pause, LONGEST_PAUSE_MS);
  }
}

/** The clock has been corrected when the last of these comes. */
const transient: ReadonlySet<string> = new Set([
  'connection-lost',
  'cannot-connect',
  'statement-out-of-time',
]);

function isTransient(error: unknown): boolean {
  return error instanceof GaiwanError && transient.has(error.code);
}

function abortError(rpc: Rpc): GaiwanError {
  return rpc.closed.aborted
    ? new GaiwanError('closed', 'This client was closed while it watched.')
    : new GaiwanError('aborted', 'Watching was given up.');
}
