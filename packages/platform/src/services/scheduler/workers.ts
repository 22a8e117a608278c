/** Attached workers and what they hold. */
import type { MessageInitShape } from '@bufbuild/protobuf';
import type { worker as wire } from '@gaiwan/protocol';
import { AsyncQueue } from '../async-queue.ts';

export type ToWorker = MessageInitShape<typeof wire.ToWorkerSchema>;

/** A lease that a worker holds. */
export interface Held {
  readonly taskId: string;
  readonly token: number;
  /** ms since the epoch. */
  until: number;
}

export class AttachedWorker {
  readonly id: string;
  readonly pairs: ReadonlySet<string>;
  readonly outbox: AsyncQueue<ToWorker> = new AsyncQueue();
  readonly held = new Map<string, Held>();
  /** Slots that are free; a cancelled task's slot is free when the worker says so. */
  free: number;
  heard: number;

  constructor(id: string, pairs: readonly string[], slots: number, now: number) {
    this.id = id;
    this.pairs = new Set(pairs);
    this.free = slots;
    this.heard = now;
  }
}
