/** Which statements have been taken: none is taken twice, and none of a time about which nothing is remembered. */
import { refuse } from '../errors.ts';
import { limits } from '../limits.ts';
import type { Clock } from '../ports.ts';

const AGE = limits.statementAge.value;

interface Taken {
  /** Nonce to time, in the order in which they came. */
  readonly nonces: Map<string, number>;
  /** Statements of this time or before are not remembered one by one: none of them is taken. */
  forgotten: number;
}

export class TakenStatements {
  readonly #clock: Clock;
  readonly #started: number;
  readonly #most: number;
  readonly #bySubject = new Map<string, Taken>();

  /** `most`: statements of one subject that are remembered. */
  constructor(clock: Clock, most: number = limits.statementsOfSubject.value) {
    this.#clock = clock;
    this.#started = clock.now();
    this.#most = most;
  }

  /** Throws `PlatformError` (statement-out-of-time) with the platform's time. */
  requireTimely(subject: string, time: number): void {
    const now = this.#clock.now();
    const oldest = Math.max(now - AGE, this.#started, this.#bySubject.get(subject)?.forgotten ?? 0);
    // One of the future would outlive a restart, after which nobody remembers that it was taken.
    if (time > oldest && time <= now) return;
    throw refuse(
      'statement-out-of-time',
      `The statement is of ${inWords(time)}, and the platform's clock says ${inWords(now)}: sign again with the right time.`,
      { platformTime: now },
    );
  }

  /** Of a signature that was verified: others must not fill the memory. Throws as `requireTimely` does, and statement-repeated. */
  take(subject: string, { nonce, time }: { readonly nonce: string; readonly time: number }): void {
    this.requireTimely(subject, time);
    const taken = this.#bySubject.get(subject) ?? { nonces: new Map<string, number>(), forgotten: 0 };
    if (taken.nonces.has(nonce))
      throw refuse('statement-repeated', 'This very statement was taken before: sign the call anew.');
    this.#bySubject.set(subject, taken);
    taken.nonces.set(nonce, time);
    this.#forget(taken);
  }

  /** What is too old to come again, and, beyond the bound, what is oldest: everything of its time is refused from then on. */
  #forget(taken: Taken): void {
    const tooOld = this.#clock.now() - AGE;
    for (const [nonce, time] of taken.nonces) {
      if (time > tooOld && taken.nonces.size <= this.#most) return;
      taken.nonces.delete(nonce);
      taken.forgotten = Math.max(taken.forgotten, time);
    }
  }
}

const inWords = (time: number): string =>
  Math.abs(time) <= 8.64e15 ? new Date(time).toISOString() : `${time} ms`;
