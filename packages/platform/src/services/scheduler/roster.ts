/** Who is attached, who was until lately, and who can run what. */

import { worker as wire } from '@gaiwan/protocol';
import { limits } from '../../limits.ts';
import type { AttachedWorker, Capability } from './workers.ts';

/** What a waiting task wants of a worker. */
export interface Need {
  /** "<executor_type>/<executor>" */
  readonly pair: string;
  /** Id of the worker that has had the first of two runs. */
  readonly not?: string;
  /** Id of the worker that lost the attempt before: rather another, if one is free. */
  readonly rather?: string;
}

export interface Place {
  readonly worker: AttachedWorker;
  readonly capability: Capability;
}

export interface RosterOptions {
  /** Ids of workers that are being started with the platform. */
  readonly expected?: readonly string[];
  /** May others come as well? */
  readonly others?: boolean;
}

/** How long a worker that has gone, or is to come, is waited for. */
export const PATIENCE_MS = limits.absentWorker.value;

export class Roster {
  readonly #attached = new Set<AttachedWorker>();
  readonly #left = new Map<string, { readonly worker: AttachedWorker; readonly at: number }>();
  readonly #missing: Set<string>;
  readonly #others: boolean;
  readonly #started: number;
  readonly #come = Promise.withResolvers<void>();
  /** For a change. */
  readonly #waiting: (() => void)[] = [];

  constructor({ expected = [], others = false }: RosterOptions, now: number) {
    this.#missing = new Set(expected);
    this.#others = others;
    this.#started = now;
    if (this.#missing.size === 0) this.#come.resolve();
  }

  /** Once all that are expected have come, and each of their executors is able or is not. */
  async complete(): Promise<void> {
    await this.#come.promise;
    while (this.#isComing()) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  #isComing(): boolean {
    return [...this.#attached].some(({ capabilities }) =>
      capabilities.some(({ ability }) => ability === wire.Ability.COMING),
    );
  }

  /** A worker says that one of its executors starts, or does not. */
  changed(): void {
    for (const waiting of this.#waiting.splice(0)) waiting();
  }

  get workers(): Iterable<AttachedWorker> {
    return this.#attached;
  }

  has(worker: AttachedWorker): boolean {
    return this.#attached.has(worker);
  }

  attach(worker: AttachedWorker): void {
    this.#attached.add(worker);
    this.#missing.delete(worker.id);
    if (this.#missing.size === 0) this.#come.resolve();
    this.#left.delete(worker.id);
  }

  /** False when it has gone already. */
  detach(worker: AttachedWorker, now: number): boolean {
    if (!this.#attached.delete(worker)) return false;
    this.changed();
    for (const [id, { at }] of this.#left) if (now - at >= PATIENCE_MS) this.#left.delete(id);
    this.#left.set(worker.id, { worker, at: now });
    return true;
  }

  /** Could a worker run it, now or soon? While nobody is attached, nobody knows. */
  canRun({ pair, not }: Need, now: number): boolean {
    return (
      this.#attached.size === 0 || this.#starting(now) || this.#idsFor(pair, now).some((id) => id !== not)
    );
  }

  /** Are there two workers for it? */
  canRunTwice(pair: string, now: number): boolean {
    return this.#starting(now) || this.#idsFor(pair, now).length > 1;
  }

  /** Is a worker there that is able to run it, busy or not? */
  isAble({ pair, not }: Need): boolean {
    return [...this.#attached].some(
      ({ id, capabilities }) =>
        id !== not &&
        capabilities.some(({ ability, pairs }) => ability === wire.Ability.ABLE && pairs.has(pair)),
    );
  }

  /** Where there is room for it: the least busy. */
  roomFor({ pair, not, rather }: Need): Place | undefined {
    let best: Found | undefined;
    for (const worker of this.#attached) {
      if (worker.id === not) continue;
      for (const capability of worker.capabilities) {
        if (capability.ability !== wire.Ability.ABLE) continue;
        const room = capability.slots - capability.taken;
        if (room + capability.ahead <= 0 || !capability.pairs.has(pair)) continue;
        const found = { worker, capability, room, isPreferred: room > 0 && worker.id !== rather };
        if (!best || isBetter(found, best)) best = found;
      }
    }
    return best;
  }

  /** Of workers that can run it and are there, or were there until lately. */
  #idsFor(pair: string, now: number): string[] {
    const lately = now - PATIENCE_MS + 1;
    const there = [...this.#attached].filter((worker) => worker.couldSince(pair, lately)).map(({ id }) => id);
    const gone = [...this.#left].filter(([, { worker, at }]) => now - at < PATIENCE_MS && worker.can(pair));
    return [...new Set([...there, ...gone.map(([id]) => id)])];
  }

  #starting(now: number): boolean {
    return now - this.#started < PATIENCE_MS && (this.#others || this.#missing.size > 0);
  }
}

interface Found extends Place {
  /** Free slots. */
  readonly room: number;
  readonly isPreferred: boolean;
}

const isBetter = (one: Found, other: Found): boolean =>
  one.isPreferred === other.isPreferred ? one.room > other.room : one.isPreferred;
