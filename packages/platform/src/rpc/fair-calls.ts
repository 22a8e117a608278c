/** How many calls of one user run at once. */
import { systemClock } from '../clock.ts';
import { limits } from '../limits.ts';

interface Calls {
  running: number;
  /** Which run, and count no more. */
  overtaken: number;
  readonly waiting: (() => void)[];
  /** When one of them last began or ended, ms. */
  at: number;
}

export interface FairCallsOptions {
  /** Of one user, while others call. */
  readonly besideOthers: number;
  /** ms that a user who called counts as one who calls. */
  readonly remembered: number;
  /** ms after which a call that runs no longer counts: most likely it waits for something else than the thread. */
  readonly counted: number;
  /** Of one user's calls, so many. */
  readonly overtaken: number;
}

/** Between looks for users who call no more, in parts of the time for which they are remembered. */
const LOOKS = 4;

/**
 * All calls share a thread, and its event loop lets each that runs go on in turn: what a call waits at each step grows with their number. So
 * a user who has hundreds under way has one of them run while others call, and the others wait; between two of them it rests. Alone it has all of them run. A call that
 * waits for the disk, or for a long search, is overtaken by the next.
 */
export class FairCalls {
  readonly #options: FairCallsOptions;
  readonly #now: () => number;
  /** Of users who call. */
  readonly #callers = new Map<string, Calls>();
  #looked = 0;

  constructor(
    options: FairCallsOptions = {
      besideOthers: limits.runningBesideOthers.value,
      remembered: limits.callersRemembered.value,
      counted: limits.runningCounted.value,
      overtaken: limits.runningOvertaken.value,
    },
    now: () => number = () => systemClock.monotonic(),
  ) {
    this.#options = options;
    this.#now = now;
  }

  /** What the call gives. Rejects with the signal's reason where it is aborted while the call waits. */
  async run<T>(caller: string, signal: AbortSignal, call: () => Promise<T>): Promise<T> {
    const calls = this.#callsOf(caller);
    if (calls.waiting.length > 0 || !this.#mayRun(calls)) {
      await waitIn(calls.waiting, signal);
    } else calls.running++;
    let counts = true;
    const began = this.#now();
    const timer = setTimeout(() => {
      if (calls.overtaken >= this.#options.overtaken) return;
      counts = false;
      calls.overtaken++;
      this.#leave(calls);
    }, this.#options.counted);
    timer.unref();
    try {
      return await call();
    } finally {
      clearTimeout(timer);
      if (counts) this.#rest(calls, this.#now() - began);
      else calls.overtaken--;
    }
  }

  /** While others call, a user's next call waits for as long as its last one took: so at least half of the thread's time is theirs. */
  #rest(calls: Calls, took: number): void {
    this.#forget();
    const rest = Math.min(took, this.#options.counted);
    if (rest === 0 || calls.waiting.length === 0 || this.#callers.size <= 1) this.#leave(calls);
    else setTimeout(() => this.#leave(calls), rest).unref();
  }

  #leave(calls: Calls): void {
    calls.running--;
    calls.at = this.#now();
    this.#forget();
    while (calls.waiting.length > 0 && this.#mayRun(calls)) {
      calls.running++;
      calls.waiting.shift()?.();
    }
  }

  /** A stream is a call like any other until its first message. */
  async *begin<T>(caller: string, signal: AbortSignal, stream: AsyncIterable<T>): AsyncGenerator<T> {
    const messages = stream[Symbol.asyncIterator]();
    try {
      let message = await this.run(caller, signal, () => messages.next());
      for (; !message.done; message = await messages.next()) yield message.value;
    } finally {
      await messages.return?.();
    }
  }

  #callsOf(caller: string): Calls {
    this.#forget();
    const calls = this.#callers.get(caller) ?? { running: 0, overtaken: 0, waiting: [], at: 0 };
    calls.at = this.#now();
    this.#callers.set(caller, calls);
    return calls;
  }

  #mayRun({ running }: Calls): boolean {
    return this.#callers.size <= 1 || running < this.#options.besideOthers;
  }

  /** Those who call no more. One who has something running, overtaken or not, or waiting for that, does. */
  #forget(): void {
    const now = this.#now();
    if (now - this.#looked < this.#options.remembered / LOOKS) return;
    this.#looked = now;
    for (const [caller, { running, overtaken, at }] of this.#callers)
      if (running === 0 && overtaken === 0 && now - at > this.#options.remembered)
        this.#callers.delete(caller);
  }
}

/** Resolves when its place was taken for it by whoever ended. Nothing is kept of a call that was given up. */
function waitIn(waiting: (() => void)[], signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const begin = () => {
    signal.removeEventListener('abort', giveUp);
    resolve();
  };
  const giveUp = () => {
    waiting.splice(waiting.indexOf(begin), 1);
    reject(signal.reason);
  };
  signal.addEventListener('abort', giveUp, { once: true });
  waiting.push(begin);
  return promise;
}
