/**
 * The one interface to durable state.
 *
 * A key is a path of segments, e.g. `['task', id]`; a scan's prefix is a shorter path of whole segments. Engines
 * see neither: keys are blinded and values sealed before they get there (see `sealed.ts`). So a scan's order is
 * stable but means nothing. What a batch or key may hold at most is in `limits.ts`.
 */

import { CodedError } from '@gaiwan/errors';
import type { storeRefusals } from './refusals.ts';

export type Key = readonly string[];

export interface Entry {
  readonly key: Key;
  readonly value: Uint8Array;
  /** 1 for the first put of a key; grows by 1 with each put. A key put again after a delete continues counting from
   * a number that it never had, so an old expectation never fits a new value. */
  readonly version: number;
}

/** `version: 0` expects that the key is absent. */
export interface Expectation {
  readonly key: Key;
  readonly version: number;
}

/**
 * Operations on work queues, in the same commit as the state they belong to. `token` is the fencing token: each
 * lease of an item raises it by one, and operations under an older token are conflicts.
 */
export type QueueOperation =
  /** A conflict if the queue has the id already. An id that was removed starts anew at token 0: use fresh ids where
   * a holder of an old lease may still be around. */
  | { readonly op: 'enqueue'; readonly queue: string; readonly id: string; readonly payload?: Uint8Array }
  /** Leases an item whose current token is `token` (0: never leased) until `until` (ms since the epoch). Its token
   * becomes `token + 1`. A conflict if somebody else was faster. The store has no clock: whether an earlier lease
   * has run out is for the caller to see. */
  | {
      readonly op: 'lease';
      readonly queue: string;
      readonly id: string;
      readonly token: number;
      readonly until: number;
    }
  /** Gives a lease back: the item can be leased again at once. A conflict if it was given back. */
  | { readonly op: 'release'; readonly queue: string; readonly id: string; readonly token: number }
  /** Removes an item. Without a token: whatever its state (e.g. cancelled). */
  | { readonly op: 'remove'; readonly queue: string; readonly id: string; readonly token?: number };

export interface QueueItem {
  readonly id: string;
  readonly payload: Uint8Array;
  readonly token: number;
  /** ms since the epoch; 0 when it is not leased. */
  readonly until: number;
}

export interface LogAppend {
  readonly log: string;
  readonly value: Uint8Array;
}

export interface LogEntry {
  /** 0 for a log's first entry, without gaps; the first that is there may have been forgotten (`LogTrim`). */
  readonly index: number;
  readonly value: Uint8Array;
}

/**
 * Forgets the oldest entries of a log: those whose index is below `before`. The store may keep some of them, and keeps the log's last entry
 * always; it may forget only a part at once: whoever wants all of them gone asks again. The others keep their indexes.
 */
export interface LogTrim {
  readonly log: string;
  readonly before: number;
}

/**
 * All or nothing. Expectations see the state before the batch; queue operations are done in order. A key may be put
 * or deleted once; deleting an absent key does nothing.
 */
export interface Batch {
  readonly expect?: readonly Expectation[];
  readonly put?: readonly { readonly key: Key; readonly value: Uint8Array }[];
  readonly delete?: readonly Key[];
  readonly queue?: readonly QueueOperation[];
  readonly append?: readonly LogAppend[];
  readonly trim?: readonly LogTrim[];
}

export type StoreErrorCode = keyof typeof storeRefusals;

export class StoreError extends CodedError<StoreErrorCode> {
  override readonly name = 'StoreError';
  /**
   * Of a commit: is the batch on the disk all the same? It was not acknowledged, so an older state put back may be without it; until
   * then every reader sees it.
   */
  readonly written: boolean;

  constructor(
    code: StoreErrorCode,
    message: string,
    { written = false, ...options }: ErrorOptions & { readonly written?: boolean } = {},
  ) {
    super(code, message, options);
    this.written = written;
  }
}

export interface Store {
  get(key: Key): Promise<Entry | undefined>;
  getMany(keys: readonly Key[]): Promise<(Entry | undefined)[]>;
  /** Entries strictly under a prefix (`[]`: all). A page may hold fewer than `limit`; `cursor` is the previous page's
   * `next`, absent after the last. */
  scan(
    prefix: Key,
    options?: { readonly limit?: number; readonly cursor?: string },
  ): Promise<{ readonly entries: Entry[]; readonly next?: string }>;
  /**
   * Every entry strictly under a prefix, once, page by page: `for await (const { key } of store.entries(['task']))`. No snapshot:
   * what is put or deleted meanwhile may be there or not. Throws as `scan` rejects.
   */
  entries(prefix: Key): AsyncIterable<Entry>;
  /** Resolves when the batch is durable (on disk); rejects with `conflict` and writes nothing where an expectation
   * fails. An error whose `written` is true came after the write. The batch's bytes must not change until then. */
  commit(batch: Batch): Promise<void>;
  /** As `commit`; resolves with the new versions of the puts, in their order. For caches. */
  commitVersions?(batch: Batch): Promise<readonly number[]>;
  /**
   * Resolves when whoever remembers the newest state knows of all that was committed before, whatever the interval at which it is told;
   * at once where nobody does. For what must not be forgotten by an older copy of the store. Rejects as `commit` does for the sake of an
   * anchor.
   */
  anchored(): Promise<void>;
  /** Items of a queue in the order in which they were enqueued, leased ones included. */
  queue(queue: string, options?: { readonly limit?: number }): Promise<QueueItem[]>;
  /** Entries of a log from index `from` on, or from the oldest that is there; may stop before `limit` where the entries are large. */
  log(log: string, options?: { readonly from?: number; readonly limit?: number }): Promise<LogEntry[]>;
  /** The index of a log's next entry: the number of its entries, those included that were forgotten. */
  logLength(log: string): Promise<number>;
  close(): Promise<void>;
}
