/** The time of one attempt: what its task has for its function, and for its files. */
import { ExecutorError } from '@gaiwan/executors';
import type { TaskLimits } from '@gaiwan/protocol';
import { systemClock } from '../../clock.ts';
import { TaskFault } from './task-fault.ts';

type Times = Pick<TaskLimits, 'timeMs' | 'transferMs'>;

/** Begins with the lease. */
export class TaskTime {
  readonly #limits: Times;
  readonly #over = new AbortController();
  /** Of the cancel of the task, of the end of the lease, and of the task's own limits. */
  readonly signal: AbortSignal;
  readonly #function: NodeJS.Timeout;
  #transfer: NodeJS.Timeout | undefined;
  /** Since when files are on their way. */
  #since = 0;
  #spentMs = 0;

  constructor(limits: Times, cancelled: AbortSignal) {
    this.#limits = limits;
    this.signal = AbortSignal.any([cancelled, this.#over.signal]);
    const { timeMs } = limits;
    this.#function = setTimeout(
      () =>
        this.#over.abort(
          new ExecutorError(
            'time-limit',
            `The task took longer than the ${timeMs} ms that it allows from the lease to the end of its function.`,
          ),
        ),
      timeMs,
    );
    this.beginTransfer();
  }

  /** Why it is over, where that is a limit of the task's: no cancel came first. */
  get exceeded(): ExecutorError | TaskFault | undefined {
    const { reason } = this.#over.signal;
    // The timers' own, above and below.
    return this.signal.aborted && this.signal.reason === reason
      ? (reason as ExecutorError | TaskFault)
      : undefined;
  }

  beginTransfer(): void {
    const { transferMs } = this.#limits;
    this.#since = systemClock.monotonic();
    this.#transfer = setTimeout(
      () =>
        this.#over.abort(
          new TaskFault(
            'transfer-limit',
            `Fetching and storing files took longer than the ${transferMs} ms that the task allows.`,
          ),
        ),
      Math.max(0, transferMs - this.#spentMs),
    );
  }

  endTransfer(): void {
    clearTimeout(this.#transfer);
    this.#spentMs += systemClock.monotonic() - this.#since;
  }

  functionEnded(): void {
    clearTimeout(this.#function);
  }

  /** Nobody waits any more. */
  close(): void {
    this.functionEnded();
    clearTimeout(this.#transfer);
  }
}
