/** Memory that calls leave behind in a process: nobody can reach it, but the limit of the next call would count it. */
import { limits } from './limits.ts';

const MIB = 1 << 20;
const COLLECT = limits.remainsCollected.value * MIB;
const MOST = limits.remains.value * MIB;

/** Measures from where it was made, before the first call. */
export class Remains {
  readonly #before = process.memoryUsage.rss();

  /** Gives memory back where much of it remains. Whether the process is small enough for another call. */
  sweep(): boolean {
    if (this.#grown() > COLLECT) globalThis.gc?.();
    return this.#grown() <= MOST;
  }

  #grown(): number {
    return process.memoryUsage.rss() - this.#before;
  }
}
