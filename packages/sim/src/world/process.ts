/** A process of a world: what belongs to it stands still while it is paused, and is gone once it was killed. */
import type { Loop } from '../physics/loop.ts';
import { type Owner, runAs, type Ticket } from '../physics/owner.ts';

export class Process implements Owner {
  readonly name: string;
  readonly #loop: Loop;
  readonly #over = new Set<() => void>();
  #isOver = false;
  #pausedUntil = 0;
  #waiting: Ticket[] = [];

  constructor(loop: Loop, name: string) {
    this.#loop = loop;
    this.name = name;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  run<T>(act: () => T): T {
    return runAs(this, act);
  }

  takes(ticket: Ticket): boolean {
    if (this.#isOver) return false;
    if (this.#loop.now >= this.#pausedUntil) return true;
    this.#waiting.push(ticket);
    return false;
  }

  /** For so many milliseconds; of two pauses the one that ends later counts. */
  pause(ms: number): void {
    const until = this.#loop.now + ms;
    if (until <= this.#pausedUntil) return;
    this.#pausedUntil = until;
    this.#loop.schedule(() => this.#goOn(), ms, { owner: undefined });
  }

  /** Calls `listener`, which is nobody's, when it ends. Returns what takes that back. */
  whenOver(listener: () => void): () => void {
    if (this.#isOver) listener();
    else this.#over.add(listener);
    return () => void this.#over.delete(listener);
  }

  /** Nothing of it happens any more. */
  end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    const listeners = [...this.#over];
    this.#over.clear();
    runAs(undefined, () => {
      for (const listener of listeners) listener();
    });
  }

  /** As Node wakes: timers that are due come before what waits in sockets. */
  #goOn(): void {
    if (this.#loop.now < this.#pausedUntil) return;
    const waiting = this.#waiting;
    this.#waiting = [];
    const timers = waiting.filter(({ isMessage }) => !isMessage);
    const messages = waiting.filter(({ isMessage }) => isMessage);
    for (const ticket of [...timers, ...messages]) {
      if (ticket.cancelled) continue;
      // Taken back meanwhile: a timer that another one clears.
      const run = () => {
        if (!ticket.cancelled) ticket.run();
      };
      this.#loop.schedule(run, 0, { owner: this, isMessage: ticket.isMessage });
    }
  }
}
