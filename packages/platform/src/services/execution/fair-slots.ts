/** The slots of an executor, for leases that wait for one: fair between those whose share of the workers they use. */
import { ExecutorError, type Leave } from '@gaiwan/executors';
import { Book } from '../../fairness/book.ts';
import { FairQueue } from '../../fairness/fair-queue.ts';
import type { Share } from '../../fairness/share.ts';

export interface Claim {
  readonly share: Share;
  readonly priority: number;
}

interface Waiter {
  readonly go: (leave: Leave) => void;
}

/** The platform hands out some leases ahead: without turns here they would stand in the way of who comes later. */
export class FairSlots {
  #free: number;
  // What the operator set for users decides at the platform, about all workers.
  readonly #queue = new FairQueue<Waiter>(new Book(() => 1));

  constructor(slots: number) {
    this.#free = slots;
  }

  /** Undefined where the turn has not come after `patience` ms. Rejects with `ExecutorError` ('canceled') when the signal says so first. */
  take({ share, priority }: Claim, signal: AbortSignal, patience: number): Promise<Leave | undefined> {
    const { promise, resolve, reject } = Promise.withResolvers<Leave | undefined>();
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', canceled);
      this.#queue.drop(entry);
    };
    const canceled = () => {
      end();
      reject(new ExecutorError('canceled', 'The task was cancelled.'));
    };
    const go = (leave: Leave) => {
      end();
      resolve(leave);
    };
    const entry = this.#queue.add({ go }, share, priority);
    // It settles in any case: then at the latest.
    const timer = setTimeout(() => {
      end();
      resolve(undefined);
    }, patience);
    signal.addEventListener('abort', canceled);
    if (signal.aborted) canceled();
    else this.#next();
    return promise;
  }

  #next(): void {
    const entry = this.#free > 0 ? this.#queue.next() : undefined;
    if (!entry) return;
    this.#free--;
    const left = this.#queue.serve(entry);
    entry.item.go(() => {
      left();
      this.#free++;
      this.#next();
    });
  }
}
