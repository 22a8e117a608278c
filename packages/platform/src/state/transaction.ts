/** Optimistic transactions over the store: read, decide, commit what was read and decided, again on a conflict. */
import { type Batch, type Entry, type Key, type QueueOperation, type Store, StoreError } from '@gaiwan/store';
import { decodeRecord, encodeRecord } from '../domain/codec.ts';
import { EVENT_LOG } from '../domain/records.ts';
import { refuse } from '../errors.ts';
import { limits } from '../limits.ts';
import type { AuditEntry, Clock } from '../ports.ts';
import { auditAppend } from './audit/entries.ts';

const ATTEMPTS = limits.transactionAttempts.value;
const EMPTY = new Uint8Array();

/** What happened, without secrets; the ledger grows out of these. */
export interface Event {
  readonly type: string;
  readonly [field: string]: string | number | readonly string[] | undefined;
}

/** The event log and what to append to it. `at`: ms since the epoch of clocks. */
export const eventAppend = (event: Event, at: number): readonly [log: string, value: Uint8Array] => [
  EVENT_LOG,
  Buffer.from(JSON.stringify({ at, ...event })),
];

export class Transaction {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #versions = new Map<string, { key: Key; version: number }>();
  /** What was asked of the store, each key once. */
  readonly #entries = new Map<string, Promise<Entry | undefined>>();
  readonly #records = new Map<string, unknown>();
  readonly #puts = new Map<string, { key: Key; value: Uint8Array }>();
  readonly #deletes = new Map<string, Key>();
  readonly #queue: QueueOperation[] = [];
  readonly #appends: { log: string; value: Uint8Array }[] = [];
  readonly #trims: { log: string; before: number }[] = [];
  readonly #endings: ((committed: boolean) => void)[] = [];

  constructor(store: Store, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  /** Reads a record, as it was when it was read first; the commit holds only if it is still the same. */
  async read<T>(key: Key): Promise<T | undefined> {
    const name = JSON.stringify(key);
    const entry = await this.#entry(name, key);
    if (entry && !this.#records.has(name)) this.#records.set(name, decodeRecord<T>(entry.value));
    // The type is the key's, as in `decodeRecord`.
    return this.#records.get(name) as T | undefined;
  }

  /** Is the key there? The commit holds only if that stays so. */
  async has(key: Key): Promise<boolean> {
    return (await this.#entry(JSON.stringify(key), key)) !== undefined;
  }

  /** Of a new record whose id nobody can have: the commit holds only if that is so. */
  expectAbsent(key: Key): void {
    const name = JSON.stringify(key);
    if (!this.#versions.has(name)) this.#versions.set(name, { key, version: 0 });
  }

  /** All decisions are made on one state of a record, which is read and decoded once; if it has changed since, the commit is a conflict. */
  async #entry(name: string, key: Key): Promise<Entry | undefined> {
    const asked = this.#entries.get(name) ?? this.#store.get(key);
    this.#entries.set(name, asked);
    const entry = await asked;
    if (!this.#versions.has(name)) this.#versions.set(name, { key, version: entry?.version ?? 0 });
    return entry;
  }

  /** Returns how many bytes the record has. */
  put(key: Key, record: object): number {
    const value = encodeRecord(record);
    this.#write(key, value);
    return value.length;
  }

  /** A value that is no record. */
  putBytes(key: Key, value: Uint8Array): void {
    this.#write(key, value);
  }

  /** The last word on a key counts. */
  #write(key: Key, value: Uint8Array): void {
    const name = JSON.stringify(key);
    this.#deletes.delete(name);
    this.#puts.set(name, { key, value });
  }

  /** A key that says something by being there. */
  mark(key: Key): void {
    this.#write(key, EMPTY);
  }

  delete(key: Key): void {
    const name = JSON.stringify(key);
    this.#puts.delete(name);
    this.#deletes.set(name, key);
  }

  queue(operation: QueueOperation): void {
    this.#queue.push(operation);
  }

  append(log: string, value: Uint8Array): void {
    this.#appends.push({ log, value });
  }

  /** As `LogTrim`. */
  trim(log: string, before: number): void {
    this.#trims.push({ log, before });
  }

  /** ms since the epoch of clocks. */
  now(): number {
    return this.#clock.now();
  }

  event(event: Event): void {
    this.append(...eventAppend(event, this.#clock.now()));
  }

  audit(entries: readonly AuditEntry[]): void {
    this.append(...auditAppend(entries));
  }

  /** For what is counted in memory: called once, with whether the store has what this transaction wrote. */
  onEnd(ending: (committed: boolean) => void): void {
    this.#endings.push(ending);
  }

  /** Of a transaction that will not be committed, or was not. */
  abandon(): void {
    this.#end(false);
  }

  #end(committed: boolean): void {
    for (const ending of this.#endings.splice(0)) ending(committed);
  }

  async commit(): Promise<void> {
    try {
      await this.#commit();
    } catch (error) {
      this.#end(error instanceof StoreError && error.written);
      throw error;
    }
    this.#end(true);
  }

  async #commit(): Promise<void> {
    const lists = [this.#queue, this.#appends, this.#trims];
    if (this.#puts.size + this.#deletes.size + lists.flat().length === 0) return;
    const batch: Batch = {
      expect: [...this.#versions.values()],
      put: [...this.#puts.values()],
      delete: [...this.#deletes.values()],
      queue: this.#queue,
      append: this.#appends,
      trim: this.#trims,
    };
    await this.#store.commit(batch);
  }
}

/** Runs `body` until its commit holds. What `body` returns is durable when the promise resolves. */
export async function transact<T>(
  store: Store,
  clock: Clock,
  body: (tx: Transaction) => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    const tx = new Transaction(store, clock);
    let result: T;
    try {
      result = await body(tx);
    } catch (error) {
      tx.abandon();
      throw error;
    }
    try {
      await tx.commit();
      return result;
    } catch (error) {
      if (!(error instanceof StoreError) || error.code !== 'conflict') throw error;
      if (attempt === ATTEMPTS) {
        throw refuse('busy', 'Too many changes to the same record at once: nothing was changed, try again.', {
          cause: error,
        });
      }
    }
  }
}

/** Reads one record outside of a transaction. */
export async function readRecord<T>(store: Store, key: Key): Promise<T | undefined> {
  const entry = await store.get(key);
  return entry && decodeRecord<T>(entry.value);
}
