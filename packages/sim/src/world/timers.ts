/** Timers and clocks on the world's time, as Node has them. */
import type { Loop } from '../physics/loop.ts';
import type { Ticket } from '../physics/owner.ts';

class Timer {
  readonly #loop: Loop;
  readonly #act: () => void;
  readonly #every: number | undefined;
  #ticket: Ticket;

  constructor(
    loop: Loop,
    act: () => void,
    { delay, every }: { readonly delay: number; readonly every?: number },
  ) {
    this.#loop = loop;
    this.#act = act;
    this.#every = every;
    this.#ticket = loop.schedule(() => this.#run(), delay);
  }

  /** Whether a process would end is not simulated. */
  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }

  cancel(): void {
    this.#ticket.cancelled = true;
  }

  #run(): void {
    if (this.#every !== undefined) this.#ticket = this.#loop.schedule(() => this.#run(), this.#every);
    this.#act();
  }
}

const cancel = (timer: unknown): void => {
  if (timer instanceof Timer) timer.cancel();
};

type Act = (...values: unknown[]) => void;
/** As Node: at least a millisecond. */
const least = (delay: number | undefined): number => Math.max(delay ?? 1, 1);

/** By their global names. */
export const timers = (loop: Loop) => ({
  setTimeout: (act: Act, delay?: number, ...values: unknown[]) =>
    new Timer(loop, () => act(...values), { delay: least(delay) }),
  setInterval: (act: Act, delay?: number, ...values: unknown[]) =>
    new Timer(loop, () => act(...values), { delay: least(delay), every: least(delay) }),
  setImmediate: (act: Act, ...values: unknown[]) => new Timer(loop, () => act(...values), { delay: 0.001 }),
  clearTimeout: cancel,
  clearInterval: cancel,
  clearImmediate: cancel,
});

/** As that of `node:timers/promises`. */
export const promisedTimeout =
  (loop: Loop) =>
  (delay?: number, value?: unknown, { signal }: { readonly signal?: AbortSignal } = {}): Promise<unknown> =>
    new Promise((resolve, reject) => {
      const aborts = () => reject(new DOMException('The operation was aborted', 'AbortError'));
      if (signal?.aborted) return aborts();
      const timer = new Timer(loop, () => resolve(value), { delay: least(delay) });
      signal?.addEventListener('abort', () => {
        timer.cancel();
        aborts();
      });
    });

/** In place of `Date`: the same, but for the time that it is now. */
export function dateClass(loop: Loop): DateConstructor {
  const Real = Date;
  return class extends Real {
    constructor(...values: [] | [value: number | string | Date]) {
      super(...((values.length === 0 ? [loop.wall] : values) as [value: number]));
    }

    static override now(): number {
      return loop.wall;
    }
  } as DateConstructor;
}
