/** Attached workers and what they hold. */
import type { MessageInitShape, MessageShape } from '@bufbuild/protobuf';
import { worker as wire } from '@gaiwan/protocol';
import { limits } from '../../limits.ts';
import { AsyncQueue } from '../async-queue.ts';

export type ToWorker = MessageInitShape<typeof wire.ToWorkerSchema>;

export interface LeaseName {
  readonly taskId: string;
  readonly token: number;
}

/** A lease that a worker holds. */
export interface Held extends LeaseName {
  /** Its id. */
  readonly worker: string;
}

interface Take {
  readonly capability: Capability;
  /** Says that the task is with no worker any more. */
  readonly left: () => void;
}

/** One executor of a worker. */
export interface Capability {
  readonly pairs: ReadonlySet<string>;
  /** How many tasks it runs at once. */
  readonly slots: number;
  /** Whether it gets tasks, as the worker last said. */
  ability: wire.Ability;
  /** When it last was able, by the scheduler's count (ms); -Infinity: never. */
  ableAt: number;
  /** Leases that the worker has not answered; a cancelled task's slot is free when the worker says so. */
  taken: number;
  /** Leases that it may have beyond its slots. */
  ahead: number;
}

/**
 * A lease is a commit and a round trip, during which quick tasks would leave a slot idle: who is quick gets some ahead.
 * Behind a slow task they would wait, while another worker has nothing to do.
 */
const AHEAD = limits.leasesAhead.value;
const QUICK_MS = limits.quickTask.value;

export class AttachedWorker {
  readonly id: string;
  readonly capabilities: readonly Capability[];
  readonly outbox: AsyncQueue<ToWorker> = new AsyncQueue();
  readonly held = new Map<string, Held>();
  /** When it was last heard, by the scheduler's count. */
  heard: number;
  /** Which capability an unanswered lease takes a slot of; by task and token. */
  readonly #takes = new Map<string, Take>();

  constructor({ workerId, capabilities }: MessageShape<typeof wire.HelloSchema>, now: number) {
    this.id = workerId;
    this.capabilities = capabilities.map(({ pairs, slots, ability }) => ({
      pairs: new Set(pairs),
      slots,
      ability,
      // What does not start at the worker's start has never been able.
      ableAt: ability === wire.Ability.ABLE ? now : Number.NEGATIVE_INFINITY,
      taken: 0,
      ahead: 0,
    }));
    this.heard = now;
  }

  /** Now, or once an executor that is still coming has come. */
  can(pair: string): boolean {
    return this.couldSince(pair, Number.POSITIVE_INFINITY);
  }

  /** As `can`, or at that moment or later: what does not start now may start again. */
  couldSince(pair: string, moment: number): boolean {
    return this.capabilities.some(
      ({ pairs, ability, ableAt }) =>
        pairs.has(pair) && (ability !== wire.Ability.UNABLE || ableAt >= moment),
    );
  }

  /** What does not exist is not changed. */
  change({ executor, ability }: MessageShape<typeof wire.AbilityChangeSchema>, now: number): void {
    const capability = this.capabilities[executor];
    if (!capability) return;
    const isAble = (one: wire.Ability) => one === wire.Ability.ABLE;
    if (isAble(capability.ability) || isAble(ability)) capability.ableAt = now;
    capability.ability = ability;
  }

  /** Takes a slot for a lease that is about to be made. `left`: called once it is free again, or the worker gone. */
  take(capability: Capability, { taskId, token }: LeaseName, left: () => void = () => undefined): void {
    capability.taken++;
    this.#takes.set(`${taskId} ${token}`, { capability, left });
  }

  /** The worker has answered a lease, or never got it. `runMs`: how long the function ran. */
  release(taskId: string, token: number, runMs?: number): void {
    const name = `${taskId} ${token}`;
    const take = this.#takes.get(name);
    if (!take || !this.#takes.delete(name)) return;
    const { capability, left } = take;
    capability.taken--;
    if (runMs !== undefined) capability.ahead = runMs < QUICK_MS ? AHEAD : 0;
    left();
  }

  /** It has gone, and has no task any more. `why`: what is told to one that has not. */
  end(why?: Error): void {
    this.outbox.end(why);
    this.held.clear();
    for (const { left } of this.#takes.values()) left();
    this.#takes.clear();
  }
}
