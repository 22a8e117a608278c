/**
 * Time, and what happens at which time. It passes only from one event to the next, or where something takes its time (`spend`); while
 * promises can go on, no event comes. So the order of all events follows from what asked for them.
 */
import { type Owner, ownerNow, runAs, type Ticket } from './owner.ts';

/** Whose it is, and whether it comes from outside; by default a timer of whoever asks for it. */
export interface Belonging {
  readonly owner: Owner | undefined;
  readonly isMessage?: boolean;
}

/** More than any history takes that makes progress. */
const MOST_EVENTS = 200_000;
/** When worlds begin: milliseconds since 1970. */
export const START: number = Date.UTC(2026, 0, 1);

/** Nothing more happens, and what was waited for has not come: the history hangs. */
class Hang extends Error {
  override readonly name = 'Hang';
}

const settled = globalThis.setImmediate;

export class Loop {
  /** Milliseconds since the world began, as `performance.now`. */
  now = 0;
  /** What the wall clock is ahead of that. */
  #wall = START;
  #order = 0;
  #events = 0;
  #queue: Ticket[] = [];
  readonly #most: number;
  /** Work of the machine's own, which no simulated time passes for. */
  readonly #outside = new Set<Promise<unknown>>();

  /** `most`: events, beyond which a history counts as one that does not end. */
  constructor(most: number = MOST_EVENTS) {
    this.#most = most;
  }

  /** As `Date.now`. */
  get wall(): number {
    return Math.floor(this.now + this.#wall);
  }

  get events(): number {
    return this.#events;
  }

  /** The wall clock is set, by so many milliseconds. */
  step(by: number): void {
    this.#wall += by;
  }

  /** Something takes its time, and nothing else goes on meanwhile. */
  spend(ms: number): void {
    this.now += ms;
  }

  schedule(run: () => void, delay: number, belonging: Belonging = { owner: ownerNow() }): Ticket {
    const { owner, isMessage = false } = belonging;
    const at = this.now + Math.max(delay, 0);
    const ticket: Ticket = { at, order: this.#order++, run, owner, isMessage, cancelled: false };
    // From the end: most are later than all others.
    let place = this.#queue.length;
    while (place > 0 && (this.#queue[place - 1]?.at ?? 0) > ticket.at) place--;
    this.#queue.splice(place, 0, ticket);
    return ticket;
  }

  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => this.schedule(resolve, ms));
  }

  /** The machine stops: what was to happen on it does not. */
  clear(): void {
    this.#queue = [];
  }

  /** Waits for what the machine itself has to do in its own threads, e.g. to make a key: the world stands still meanwhile. */
  async outside<T>(work: Promise<T>): Promise<T> {
    this.#outside.add(work);
    try {
      return await work;
    } finally {
      this.#outside.delete(work);
    }
  }

  async #rest(): Promise<void> {
    await rest();
    while (this.#outside.size > 0) {
      await Promise.allSettled(this.#outside);
      await rest();
    }
  }

  /** Everything happens that is due, until the promise is settled. @throws {Hang} */
  async until<T>(promise: Promise<T>): Promise<T> {
    let isSettled = false;
    const ends = () => {
      isSettled = true;
    };
    promise.then(ends, ends);
    await this.#rest();
    while (!isSettled) {
      const next = this.#queue.shift();
      if (next === undefined) throw new Hang('nothing more happens, and something is waited for');
      if (next.cancelled) continue;
      if (++this.#events > this.#most) throw new Hang(`no end after ${this.#most} events`);
      this.now = Math.max(this.now, next.at);
      if (next.owner && !next.owner.takes(next)) continue;
      runAs(next.owner, next.run);
      await this.#rest();
    }
    return promise;
  }
}

/** Resolves when no promise can go on any more. */
const rest = (): Promise<void> => new Promise((resolve) => settled(resolve));
