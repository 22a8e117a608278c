import { nameOf, type Subject } from '@gaiwan/protocol';
import { refuse } from '../errors.ts';
import { limits } from '../limits.ts';

/** Calls of one user that run at once, watches included. */
const PER_USER = limits.callsPerUser.value;

export class InFlight {
  readonly #users = new Map<Subject, number>();

  /** Dispose of the place when the call has ended. */
  enter(user: Subject): Disposable {
    const count = this.#users.get(user) ?? 0;
    if (count >= PER_USER)
      throw refuse('too-many-calls', `${nameOf(user)} has ${PER_USER} calls running: wait for some to end.`);
    this.#users.set(user, count + 1);
    return { [Symbol.dispose]: () => this.#leave(user) };
  }
  #leave(user: Subject): void {
    const count = (this.#users.get(user) ?? 1) - 1;
    if (count === 0) this.#users.delete(user);
    else this.#users.set(user, count);
  }
}
