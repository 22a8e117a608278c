/** The least rate of a transfer with a server that nobody here answers for: so many bytes in each window of time, or it ends. */
import { systemClock } from '../../clock.ts';
import { limits } from '../../limits.ts';
import { TaskFault } from './task-fault.ts';

const WINDOW_MS = limits.externalWindow.value;
const LEAST_BYTES = limits.externalLeast.value;

/** Runs from the moment it is made until `stop`. */
export class Pace {
  readonly #timer: NodeJS.Timeout;
  readonly #where: string;
  readonly #tooSlow: (fault: TaskFault) => void;
  #since = systemClock.monotonic();
  #bytes = 0;
  /** The server has given or taken something. */
  #begins = false;
  #fault: TaskFault | undefined;

  /** `tooSlow`: ends the transfer; `where`: with whom it is. */
  constructor(where: string, tooSlow: (fault: TaskFault) => void) {
    this.#where = where;
    this.#tooSlow = tooSlow;
    this.#timer = setInterval(() => this.#check(), WINDOW_MS).unref();
  }

  /** Why the transfer was ended, which what was ended need not say itself. */
  get fault(): TaskFault | undefined {
    return this.#fault;
  }

  /** Bytes that the server has given or taken. */
  progress(bytes: number): void {
    this.#bytes += bytes;
    this.#begins = true;
  }

  /** A step of the transfer is done, its answer has begun: what is next has another window. */
  step(): void {
    this.progress(LEAST_BYTES);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #check(): void {
    const now = systemClock.monotonic();
    // A check that is late itself says nothing about the server: this process was held up.
    const late = now - this.#since > 2 * WINDOW_MS;
    const enough = this.#bytes >= LEAST_BYTES;
    this.#since = now;
    this.#bytes = 0;
    if (late || enough) return;
    this.stop();
    this.#fault = this.#begins
      ? new TaskFault(
          'too-slow',
          `${this.#where} gave or took less than ${LEAST_BYTES} bytes in ${WINDOW_MS / 1000} s.`,
        )
      : new TaskFault('no-answer', `${this.#where} did not answer in ${WINDOW_MS / 1000} s.`);
    this.#tooSlow(this.#fault);
  }
}
