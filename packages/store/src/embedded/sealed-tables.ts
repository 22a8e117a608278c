/** A store's operations over raw tables: blinds, seals and decides. Synchronous; transactions are the caller's. */
import type { KeyObject } from 'node:crypto';
import { invalid } from '../batch-checks.ts';
import { decodePath, encodePath } from '../key-path.ts';
import { type KeyRing, newestOnly, newKeyRing, nextGeneration, unwrapKeys, wrapKeys } from '../key-ring.ts';
import { limits } from '../limits.ts';
import { BLINDED_BYTES, Sealer } from '../sealed.ts';
import { type Batch, type Entry, type Key, type LogEntry, type QueueItem, StoreError } from '../store.ts';
import { entryPlace, logPlace } from './places.ts';
import { applyQueueOperation, readQueue } from './queue-items.ts';
import { type ResealPlace, resealRows, resealStart } from './reseal.ts';
import type { EntryRow, Tables } from './tables.ts';

const KEYS = 'keys';

/** Does something in a transaction of its own: durable when it returns, undone where it throws. */
export type Write = <T>(step: () => T) => T;

export class SealedTables {
  readonly #tables: Tables;
  readonly #sealer: Sealer;
  #root: KeyObject;

  /** Throws `tampered` where the root key is not the one that the store's keys are wrapped under. */
  constructor(tables: Tables, root: KeyObject) {
    this.#tables = tables;
    this.#root = root;
    const wrapped = tables.meta(KEYS);
    if (!wrapped && !tables.isEmpty())
      throw new StoreError(
        'tampered',
        'the store holds data but not its keys; restore the data folder from a backup',
      );
    const ring = wrapped ? unwrapKeys(root, wrapped) : newKeyRing();
    if (!wrapped) tables.setMeta(KEYS, wrapKeys(root, ring));
    this.#sealer = new Sealer(ring);
  }

  /** Another root key, and another key for what is sealed from now on. Durable when it returns. */
  rotate(root: KeyObject, write: Write): void {
    this.#keep(root, nextGeneration(this.#sealer.ring), write);
  }

  /**
   * Seals some values anew that an older generation sealed, from a place on, or from the beginning. Returns where to go on,
   * or nothing when it is done: then the older generations are gone.
   */
  reseal(place: ResealPlace | undefined, write: Write): ResealPlace | undefined {
    const [newest, ...older] = this.#sealer.ring.generations;
    if (older.length === 0) return undefined;
    const from = place?.generation === newest.number ? place : resealStart(newest.number);
    const next = write(() => resealRows(this.#tables, this.#sealer, from));
    if (next === undefined) this.#keep(this.#root, newestOnly(this.#sealer.ring), write);
    return next;
  }

  /** The store's keys are written before they are used. */
  #keep(root: KeyObject, ring: KeyRing, write: Write): void {
    write(() => this.#tables.setMeta(KEYS, wrapKeys(root, ring)));
    this.#root = root;
    this.#sealer.use(ring);
  }

  /** The new versions of the puts. Writes all of the batch, or throws; after `conflict`, `invalid` and `tampered`
   * nothing of it is written, after other errors the transaction must be rolled back. */
  apply(batch: Batch): number[] {
    const { expect = [], put = [], delete: gone = [], queue = [], append = [] } = batch;
    const puts = put.map(({ key, value }) => ({ key, value, blinded: this.#sealer.blindKey(key) }));
    const deletes = gone.map((key) => this.#sealer.blindKey(key));
    requireDistinct([...puts.map(({ blinded }) => blinded), ...deletes]);
    for (const { key, version } of expect) {
      const is = this.#tables.version(this.#sealer.blindKey(key));
      if (is !== version)
        throw new StoreError(
          'conflict',
          `an entry under '${key[0]}' has version ${is}, not ${version}: read it again and decide anew`,
        );
    }
    this.#applyQueue(queue);
    const versions = puts.map(({ blinded, key, value }) => this.#put(blinded, key, value));
    for (const blinded of deletes) this.#tables.deleteEntry(blinded);
    for (const { log, value } of append) {
      const blinded = this.#sealer.blindName('l', log);
      const position = this.#tables.logLength(blinded);
      this.#tables.append(blinded, position, this.#sealer.seal(logPlace(blinded, position), value));
    }
    return versions;
  }

  get(key: Key): Entry | undefined {
    const blinded = this.#sealer.blindKey(key);
    const row = this.#tables.entry(blinded);
    return row && this.#open(row);
  }

  scan(prefix: Key, limit: number, cursor?: string): { entries: Entry[]; next?: string } {
    const blinded = this.#sealer.blindKey(prefix);
    let after = cursor === undefined ? blinded : readCursor(cursor, blinded);
    const entries: Entry[] = [];
    let bytes = 0;
    for (const row of this.#tables.entries(blinded, after)) {
      if (entries.length === limit || bytes >= limits.pageBytes.value)
        return { entries, next: after.toString('base64url') };
      const entry = this.#open(row);
      bytes += entry.value.length;
      entries.push(entry);
      after = Buffer.from(row[0]);
    }
    return { entries };
  }

  queue(queue: string, limit: number): QueueItem[] {
    return [...take(readQueue(this.#tables, this.#sealer, queue), limit)];
  }

  log(log: string, from: number, limit: number): LogEntry[] {
    const blinded = this.#sealer.blindName('l', log);
    const entries: LogEntry[] = [];
    let bytes = 0;
    for (const [position, sealed] of this.#tables.logRows(blinded, from)) {
      if (entries.length === limit || bytes >= limits.pageBytes.value) break;
      const index = from + entries.length;
      if (position !== index)
        throw new StoreError(
          'tampered',
          `entry ${index} of the log '${log}' is missing; restore the data folder from a backup`,
        );
      const value = this.#sealer.open(logPlace(blinded, position), sealed);
      bytes += value.length;
      entries.push({ index, value });
    }
    return entries;
  }

  logLength(log: string): number {
    return this.#tables.logLength(this.#sealer.blindName('l', log));
  }

  #applyQueue(operations: NonNullable<Batch['queue']>): void {
    const apply = (operation: (typeof operations)[number]) =>
      applyQueueOperation(this.#tables, this.#sealer, operation);
    // A single operation conflicts before it writes.
    if (operations.length <= 1) {
      operations.forEach(apply);
      return;
    }
    this.#tables.savepoint();
    try {
      operations.forEach(apply);
    } catch (error) {
      if (error instanceof StoreError) this.#tables.rollbackToSavepoint();
      throw error;
    }
    this.#tables.releaseSavepoint();
  }

  #put(blinded: Buffer, key: Key, value: Uint8Array): number {
    const current = this.#tables.version(blinded);
    const version = (current || this.#tables.lastVersion(blinded)) + 1;
    const sealed = this.#sealer.seal(entryPlace(blinded, version), encodePath(key), value);
    if (current) this.#tables.updateEntry(blinded, version, sealed);
    else this.#tables.insertEntry(blinded, version, sealed);
    return version;
  }

  #open([blinded, version, sealed]: EntryRow): Entry {
    const { key, rest } = decodePath(this.#sealer.open(entryPlace(blinded, version), sealed));
    return { key, value: rest, version };
  }
}

/** `keys`: blinded, of all that is put or deleted. */
function requireDistinct(keys: readonly Buffer[]): void {
  if (keys.length > 1 && new Set(keys.map((key) => key.toString('latin1'))).size < keys.length)
    throw invalid('a batch puts or deletes the same key twice');
}

function readCursor(cursor: string, prefix: Buffer): Buffer {
  const after = Buffer.from(cursor, 'base64url');
  const fits =
    after.length > prefix.length &&
    after.length % BLINDED_BYTES === 0 &&
    after.subarray(0, prefix.length).equals(prefix);
  if (!fits) throw invalid("a scan's cursor is not the `next` of a page under the same prefix");
  return after;
}

function* take<T>(all: Iterable<T>, limit: number): Iterable<T> {
  let left = limit;
  if (left <= 0) return;
  for (const one of all) {
    yield one;
    if (--left === 0) return;
  }
}
