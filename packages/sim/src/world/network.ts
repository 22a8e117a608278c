/** Carries messages between processes. What it may do to them is what happens to connections: within one, nothing comes twice or out of turn. */
import type { Faults } from '../physics/faults.ts';
import type { Loop } from '../physics/loop.ts';
import { type Owner, ownerNow } from '../physics/owner.ts';
import type { Random } from '../physics/random.ts';
import type { Process } from './process.ts';

/** Milliseconds. */
const QUICK = 0.3;
const LONGEST = 8000;
/** After so long a client gives up. */
const PATIENCE = 60_000;

/** Whether the other side heard it, nobody knows. */
export class ConnectionLost extends Error {
  override readonly name = 'ConnectionLost';
  readonly code = 'ECONNRESET';

  constructor() {
    super('the connection was lost');
  }
}

/** Of one direction of a connection: messages arrive in order, or not at all. */
export interface Pipe<T> {
  send(message: T): void;
  /** Nothing that is on its way, or comes, arrives. */
  cut(): void;
}

export class Network {
  readonly #loop: Loop;
  readonly #random: Random;
  readonly #faults: Faults;
  readonly #lastArrivals = new Map<Owner | undefined, number>();

  constructor(loop: Loop, random: Random, faults: Faults) {
    this.#loop = loop;
    this.#random = random;
    this.#faults = faults;
  }

  /** To whom it may concern, a little later: a connection ends, a process. */
  soon(act: () => void, to: Owner | undefined, ms = 1): void {
    this.#loop.schedule(act, ms, { owner: to, isMessage: true });
  }

  /**
   * A call of a client: each is a stream of its own, and so are the requests of a client that tries again (or of a proxy that does), if
   * it does.
   *
   * @throws ConnectionLost (rejects) where no answer comes; and what `handle` rejects with
   */
  call<T>(
    to: Process | undefined,
    handle: () => Promise<T>,
    { triesAgain = true }: { readonly triesAgain?: boolean } = {},
  ): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    const caller = ownerNow();
    const lost = () => reject(new ConnectionLost());
    if (!to || to.isOver) {
      this.soon(lost, caller);
      return promise;
    }
    const letGo = to.whenOver(() => this.soon(lost, caller));
    const patience = this.#loop.schedule(lost, PATIENCE, { owner: caller });
    const request = () => {
      const answer = (end: () => void) => this.#carry(end, caller, 'an answer');
      handle().then(
        (value) => answer(() => resolve(value)),
        (error: unknown) => answer(() => reject(error)),
      );
    };
    this.#carry(request, to, 'a request');
    if (triesAgain && this.#faults.comes('doubled message', to.name)) this.#carry(request, to, 'a request');
    const over = () => {
      letGo();
      patience.cancelled = true;
    };
    promise.then(over, over);
    return promise;
  }

  /** One direction of a connection to a process. */
  pipe<T>(to: Process, deliver: (message: T) => void): Pipe<T> {
    let last = 0;
    let isCut = false;
    return {
      send: (message) => {
        if (isCut) return;
        last = Math.max(last, this.#loop.now + this.#latency(to.name));
        this.soon(() => isCut || deliver(message), to, last - this.#loop.now);
      },
      cut: () => {
        isCut = true;
      },
    };
  }

  #carry(deliver: () => void, to: Owner | undefined, what: string): void {
    if (this.#faults.comes('dropped message', what)) return;
    const latency = this.#latency(what);
    const at = this.#loop.now + latency;
    const last = this.#lastArrivals.get(to) ?? 0;
    if (at < last && this.#faults.areOn) this.#faults.count('reordered message', what);
    this.#lastArrivals.set(to, Math.max(at, last));
    this.soon(deliver, to, latency);
  }

  #latency(where: string): number {
    const usual = 0.05 + this.#random.below(1000) * (QUICK / 1000);
    return this.#faults.comes('delayed message', where) ? usual + this.#random.below(LONGEST) : usual;
  }
}
