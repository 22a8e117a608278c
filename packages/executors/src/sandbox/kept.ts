/**
 * Sandboxes between two calls of one trust domain. Each serves the domain that it began with and is ended rather than given to another;
 * how many there are, how old they get and how often they are used is bounded, for a whole worker.
 */
import { limits } from '../limits.ts';
import type { SandboxProcess } from './sandbox-process.ts';

const WAIT_MS = limits.renewalWait.value;

/** See docs/limits.md. */
export interface KeptBounds {
  readonly most: number;
  readonly ofDomain: number;
  readonly ageMs: number;
  readonly idleMs: number;
  readonly calls: number;
  readonly renewalMs: number;
}

const BOUNDS: KeptBounds = {
  most: limits.keptSandboxes.value,
  ofDomain: limits.keptDomain.value,
  ageMs: limits.keptAge.value,
  idleMs: limits.keptIdle.value,
  calls: limits.keptCalls.value,
  renewalMs: limits.renewal.value,
};

/** Whose sandboxes they are. */
export interface Keeper {
  /** Ends a process that is kept no longer. */
  release(process: SandboxProcess): void;
}

interface Kept {
  readonly keeper: Keeper;
  readonly domain: string;
  readonly process: SandboxProcess;
  /** Whether it became ready for a further call. Never rejects. */
  readonly renewed: Promise<boolean>;
  isReady: boolean;
  idle?: NodeJS.Timeout;
}

/** Those of a whole worker. */
export class KeptSandboxes {
  /** What was used longest ago comes first. */
  readonly #kept = new Set<Kept>();
  readonly #bounds: KeptBounds;

  constructor(bounds: Partial<KeptBounds> = {}) {
    this.#bounds = { ...BOUNDS, ...bounds };
  }

  /** A process that is ready for a call of this domain, or becomes so in a moment. It belongs to the caller. */
  async take(keeper: Keeper, domain: string): Promise<SandboxProcess | undefined> {
    const deadline = Promise.withResolvers<false>();
    const timer = setTimeout(() => deadline.resolve(false), WAIT_MS);
    try {
      for (let waits = true; waits; ) {
        const found = [...this.#kept].filter((kept) => kept.keeper === keeper && kept.domain === domain);
        const ready = found.findLast(({ isReady }) => isReady);
        if (ready) {
          this.#forget(ready);
          if (ready.process.wake()) return ready.process;
          keeper.release(ready.process);
        } else {
          const renewals = found.map(({ renewed }) => renewed.then(() => true));
          waits = renewals.length > 0 && (await Promise.race([...renewals, deadline.promise]));
        }
      }
      return undefined;
    } finally {
      clearTimeout(timer);
    }
  }

  /** After a call that ended well. Others are ended to make room. */
  keep(keeper: Keeper, domain: string, process: SandboxProcess): void {
    const { most, ofDomain, ageMs, calls, renewalMs } = this.#bounds;
    const old = performance.now() - process.began > ageMs;
    const siblings = [...this.#kept].filter((kept) => kept.keeper === keeper && kept.domain === domain);
    if (old || process.calls >= calls || siblings.length >= ofDomain) {
      keeper.release(process);
      return;
    }
    const renewed = process.renew(renewalMs).catch(() => false);
    const kept: Kept = { keeper, domain, process, renewed, isReady: false };
    this.#kept.add(kept);
    void renewed.then((isReady) => this.#settle(kept, isReady));
    const [oldest] = this.#kept;
    if (this.#kept.size > most && oldest) this.#end(oldest);
  }

  /** Ends those of one keeper. */
  endAll(keeper: Keeper): void {
    for (const kept of [...this.#kept].filter((one) => one.keeper === keeper)) this.#end(kept);
  }

  #settle(kept: Kept, isReady: boolean): void {
    if (!this.#kept.has(kept)) return;
    if (isReady) {
      kept.isReady = true;
      kept.process.rest(() => this.#end(kept));
      kept.idle = setTimeout(() => this.#end(kept), this.#bounds.idleMs).unref();
    } else {
      this.#end(kept);
    }
  }

  #end(kept: Kept): void {
    if (this.#forget(kept)) kept.keeper.release(kept.process);
  }

  #forget(kept: Kept): boolean {
    clearTimeout(kept.idle);
    return this.#kept.delete(kept);
  }
}
