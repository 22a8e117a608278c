/** Keeps an anchor at the newest state: before commits are acknowledged, or at intervals. */
import { setTimeout as sleep } from 'node:timers/promises';
import { CodedError, messageOf } from '@gaiwan/errors';
import type { AnchorOptions, StateAnchor } from '../anchor.ts';
import { limits } from '../limits.ts';
import { StoreError } from '../store.ts';
import { isSameHead, type StoreHead, type Tickets } from './head.ts';
import type { EngineLink } from './link.ts';

const RETRY_MS = limits.anchorRetry.value;

const shown = (head: StoreHead | undefined): string =>
  head === undefined ? 'no state' : `epoch ${head.epoch}, commit ${head.commits}`;

/** Rejects with `anchor-unavailable`, also where it does not answer in time, and with `anchor-unreadable`. */
export async function readAnchor({
  anchor,
  wait = limits.anchorWait.value,
}: AnchorOptions): Promise<StoreHead | undefined> {
  const answered = new AbortController();
  const late = sleep(wait, undefined, { signal: answered.signal }).then(() => {
    throw new Error(`it did not answer within ${wait} ms`);
  });
  try {
    return await Promise.race([anchor.read(), late]);
  } catch (cause) {
    if (cause instanceof CodedError && cause.code === 'unreadable')
      throw new StoreError(
        'anchor-unreadable',
        `what the anchor keeps is no state, so nobody can say whether this is the newest, and it is not opened: ${cause.message}`,
        { cause },
      );
    throw new StoreError(
      'anchor-unavailable',
      `nobody can say whether this is the newest state, so it is not opened: ${messageOf(cause)}`,
      { cause },
    );
  } finally {
    answered.abort();
    late.catch(() => undefined);
  }
}

/**
 * Throws `state-rolled-back` unless the anchor has the state on the disk, or one that the state itself says was anchored: then all that came
 * since was never acknowledged, or is within the interval. An anchor that has nothing is taken for a new one by a store without commits alone.
 */
export function requireNewest(
  anchored: StoreHead | undefined,
  { head, tickets: { confirmed, asked } }: { readonly head: StoreHead; readonly tickets: Tickets },
): void {
  // Before the first commit there is nothing to be taken back. Later the first advance has been done, but for a store that had no anchor.
  if (anchored === undefined ? head.commits === 0 : isOneOf(anchored, [head, confirmed, asked])) return;
  const wasAnchored = confirmed !== undefined || asked !== undefined;
  if (anchored === undefined && !wasAnchored)
    throw new StoreError(
      'state-rolled-back',
      `the store is at ${shown(head)} and says of no anchor, and the one that is named remembers nothing: nobody can say whether this is the newest state. gaiwan recover accepts it, and begins a new epoch, which everybody sees`,
    );
  throw new StoreError(
    'state-rolled-back',
    `the store is at ${shown(head)}, which does not follow from what the anchor remembers, ${shown(anchored)}: it was rolled back, or is another state that was never the newest. ${WAY_OUT}`,
  );
}

const WAY_OUT =
  'Return the newest data folder to its place; where there is none any more, gaiwan recover accepts this one, and begins a new epoch, which everybody sees';

const isOneOf = (one: StoreHead, heads: readonly (StoreHead | undefined)[]): boolean =>
  heads.some((head) => isSameHead(one, head));

interface Waiting {
  readonly resolve: () => void;
  readonly reject: (error: StoreError) => void;
}

export class Anchoring {
  readonly #link: EngineLink;
  readonly #anchor: StateAnchor;
  readonly #interval: number | undefined;
  readonly #stopWait: number;
  /** How long a batch waits for it. */
  #wait: number;
  readonly #report: (error: unknown) => void;
  readonly #stopped = new AbortController();
  readonly #timer: NodeJS.Timeout | undefined;
  #confirmed: StoreHead | undefined;
  #waiting: Waiting[] = [];
  /** Of each batch that waits: gives it up. */
  readonly #giveUp = new Set<() => void>();
  #running = false;
  /** Since when an advance is under way, in ms of `performance.now`. */
  #since: number | undefined;
  /** Has it failed meanwhile? */
  #failing = false;
  /** Was a batch not acknowledged, because it did not answer, and nothing since? */
  #late = false;
  /** Why nothing is ever anchored again, if so. */
  #broken: StoreError | undefined;

  /** `confirmed`: what the anchor has. */
  constructor(
    link: EngineLink,
    {
      anchor,
      interval,
      wait = limits.anchorWait.value,
      stopWait = limits.anchorStopWait.value,
    }: AnchorOptions,
    confirmed: StoreHead | undefined,
    report: (error: unknown) => void,
  ) {
    this.#link = link;
    this.#anchor = anchor;
    this.#interval = interval;
    this.#wait = wait;
    this.#stopWait = stopWait;
    this.#confirmed = confirmed;
    this.#report = report;
    if (interval !== undefined) this.#timer = setInterval(() => this.#tick(), interval).unref();
  }

  /** Before a write. Throws `anchor-moved`, and `anchor-unavailable` where the anchor has been silent for so long that waiting is of no use. */
  requireAnchor(): void {
    if (this.#broken) throw this.#broken;
    const isSilent = this.#since !== undefined && performance.now() - this.#since >= this.#wait;
    if (!this.#late && !isSilent) return;
    throw new StoreError(
      'anchor-unavailable',
      'the anchor does not answer, and without it nothing is written: bring it back, and the store continues by itself',
    );
  }

  /** After a write: resolves when it may be acknowledged. Rejects with `anchor-unavailable` and `anchor-moved`. */
  acknowledged(): Promise<void> {
    return this.#interval === undefined ? this.anchored() : Promise.resolve();
  }

  /** Resolves when all that is durable now is anchored. Rejects as `acknowledged`. */
  anchored(): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const late = () => {
      this.#late = true;
      reject(
        new StoreError(
          'anchor-unavailable',
          'the anchor does not answer, so a batch that was written is not acknowledged: read again what became of it when the anchor is back',
        ),
      );
    };
    const timer = setTimeout(late, this.#wait);
    this.#giveUp.add(late);
    this.#waiting.push({ resolve, reject });
    void this.#run();
    return promise.finally(() => {
      clearTimeout(timer);
      this.#giveUp.delete(late);
    });
  }

  /**
   * Before the end: from now on nobody waits longer for a silent anchor than a stop may take. Nothing is lost by it: what was acknowledged is
   * on the disk and, where that was promised, anchored; whoever waits for an anchor that is slower than that is told that it did not answer in time.
   */
  hurry(): void {
    if (this.#wait <= this.#stopWait) return;
    this.#wait = this.#stopWait;
    const waiting = [...this.#giveUp];
    if (waiting.length === 0) return;
    // Who was answered meanwhile does not mind.
    setTimeout(() => {
      for (const late of waiting) if (this.#giveUp.has(late)) late();
    }, this.#stopWait).unref();
  }

  /** With a last advance, where the anchor answers. */
  async close(): Promise<void> {
    this.hurry();
    if (!this.#broken && !this.#failing && !this.#late) await this.anchored().catch(this.#report);
    this.stop();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#stopped.abort();
  }

  #tick(): void {
    if (this.#running || this.#broken) return;
    this.anchored().catch(() => undefined);
  }

  async #run(): Promise<void> {
    if (this.#running) return;
    this.#running = true;
    try {
      while (this.#waiting.length > 0) {
        const served = this.#waiting;
        this.#waiting = [];
        await this.#serve(served);
      }
    } finally {
      this.#running = false;
    }
  }

  async #serve(served: readonly Waiting[]): Promise<void> {
    try {
      if (this.#broken) throw this.#broken;
      const confirmed = this.#confirmed;
      const { value: head } = await this.#link.request(() => ({ kind: 'anchor', confirmed }));
      await this.#advance(head);
      // From now on an anchor that has nothing is none that is new.
      if (confirmed === undefined) await this.#link.request(() => ({ kind: 'anchor', confirmed: head }));
      this.#late = false;
      for (const { resolve } of served) resolve();
    } catch (error) {
      const told =
        error instanceof StoreError ? error : new StoreError('io', messageOf(error), { cause: error });
      for (const { reject } of served) reject(told);
    }
  }

  /** To exactly this state, however long it takes: only once it is known what became of it may another be asked for. */
  async #advance(to: StoreHead): Promise<void> {
    if (isSameHead(this.#confirmed, to)) return;
    this.#since = performance.now();
    while (!(await this.#attempt(to))) await this.#pause();
    this.#confirmed = to;
    this.#since = undefined;
    this.#failing = false;
  }

  async #attempt(to: StoreHead): Promise<boolean> {
    try {
      await this.#anchor.advance(this.#confirmed, to);
      return true;
    } catch (error) {
      if (!this.#failing) this.#report(error);
      this.#failing = true;
    }
    let is: StoreHead | undefined;
    try {
      is = await this.#anchor.read();
    } catch {
      return false;
    }
    if (isSameHead(is, to)) return true;
    if (!isSameHead(is, this.#confirmed)) throw this.#moved(is);
    return false;
  }

  #moved(is: StoreHead | undefined): StoreError {
    this.#broken = new StoreError(
      'anchor-moved',
      `the anchor has ${shown(is)}, which this store did not ask for: another process uses the anchor, or a copy of this folder. Nothing more is written`,
    );
    this.#report(this.#broken);
    return this.#broken;
  }

  async #pause(): Promise<void> {
    try {
      await sleep(RETRY_MS, undefined, { signal: this.#stopped.signal });
    } catch (cause) {
      throw new StoreError('closed', 'the store was closed while its anchor did not answer', { cause });
    }
  }
}
