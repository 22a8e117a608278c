/**
 * Leases of workers whose stream was lost. A worker keeps a result until it is acknowledged, and brings it along when it comes back, which
 * it does at once: so its leases are not over yet. Nothing of what it was still doing comes back.
 */
import type { Held, LeaseName } from './workers.ts';

interface Orphan {
  readonly held: Held;
  /** When it is over, in the scheduler's time (ms). */
  readonly until: number;
}

export class Orphans {
  /** By task. */
  readonly #all = new Map<string, Orphan>();

  add(orphan: Orphan): void {
    this.#all.set(orphan.held.taskId, orphan);
  }

  has(taskId: string): boolean {
    return this.#all.has(taskId);
  }

  /** Of a task that has ended. */
  remove(taskId: string): Held | undefined {
    const orphan = this.#all.get(taskId);
    this.#all.delete(taskId);
    return orphan?.held;
  }

  /** Takes out the lease that a worker has come back with; undefined where it is none of this worker's, or over. */
  take(worker: string, { taskId, token }: LeaseName): Held | undefined {
    const orphan = this.#all.get(taskId);
    if (orphan?.held.worker !== worker || orphan.held.token !== token) return undefined;
    this.#all.delete(taskId);
    return orphan.held;
  }

  /** Takes out all of a worker that is gone, or that is back. */
  takeOf(worker: string): Held[] {
    return this.#takeWhere(({ held }) => held.worker === worker);
  }

  /** Takes out those whose worker has not come back in time. */
  takeLate(now: number): Held[] {
    return this.#takeWhere(({ until }) => until <= now);
  }

  #takeWhere(is: (orphan: Orphan) => boolean): Held[] {
    const taken = [...this.#all.values()].filter(is).map(({ held }) => held);
    for (const { taskId } of taken) this.#all.delete(taskId);
    return taken;
  }
}
