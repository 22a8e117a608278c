/** A store's operations over raw tables: blinds, seals and decides. Synchronous; who calls begins and ends transactions. */
import type { KeyObject } from 'node:crypto';
import { invalid } from '../batch-checks.ts';
import { decodePath, encodePath } from '../key-path.ts';
import {
  anchorSecret,
  digestKey,
  type KeyRing,
  newestOnly,
  newKeyRing,
  nextGeneration,
  unwrapKeys,
  wrapKeys,
} from '../key-ring.ts';
import { limits } from '../limits.ts';
import { BLINDED_BYTES, HEAD_BYTES, Sealer } from '../sealed.ts';
import { type Batch, type Entry, type Key, type LogEntry, type QueueItem, StoreError } from '../store.ts';
import type { StoreHead, Tickets } from './head.ts';
import type { NewEpoch } from './messages.ts';
import { entryPlace, logPlace, rootPlace } from './places.ts';
import { applyQueueOperation, readQueue } from './queue-items.ts';
import { type ResealPlace, resealRows, resealStart } from './reseal.ts';
import { Root } from './root.ts';
import { type HeadRow, headOf, sealedHead, versionIn } from './rows.ts';
import { State } from './state.ts';
import type { Tables } from './tables.ts';

const KEYS = 'keys';
const ROOT = 'root';
/** About 200,000 rows, in 16 MB. */
const HELD_BUCKETS = 16_384;
/** Longer than any key, and after it in the order of bytes. */
const AFTER = Buffer.alloc(BLINDED_BYTES * 16, 0xff);

/** Does something in a transaction of its own: durable when it returns, undone where it throws. */
export type Write = <T>(step: () => T) => T;

export class SealedTables {
  readonly #tables: Tables;
  readonly #sealer: Sealer;
  readonly #state: State;
  #root: KeyObject;
  /** Whether the next root is one that the anchor will be asked to take. */
  #asksNext = false;

  /**
   * Throws `tampered` where the root key is not the one that the store's keys are wrapped under, `state-tampered` where the rows are not
   * those that were written last. `held`: how many buckets of rows stay in memory; for tests.
   */
  constructor(tables: Tables, root: KeyObject, held = HELD_BUCKETS) {
    this.#tables = tables;
    this.#root = root;
    const wrapped = tables.meta(KEYS);
    if (!wrapped && !tables.isEmpty())
      throw new StoreError(
        'state-tampered',
        'the store holds data but not its keys; restore the data folder from a backup',
      );
    const ring = wrapped ? unwrapKeys(root, wrapped) : newKeyRing();
    this.#sealer = new Sealer(ring);
    const blindKind = (name: string) => this.#sealer.blindKey([name]);
    const written = wrapped ? this.#readRoot() : new Root();
    this.#state = new State({ tables, key: digestKey(ring), blindKind, held }, written);
    if (wrapped) return;
    tables.begin();
    tables.setMeta(KEYS, wrapKeys(root, ring));
    this.#writeRoot();
    tables.commit();
  }

  begin(): void {
    this.#tables.begin();
    this.#state.journal.begin();
  }

  /** Durable when it returns, and with it the root over all rows. What it throws must be followed by `rollback`. */
  commit(): void {
    if (this.#state.journal.hasChanges) {
      this.#state.count();
      if (this.#asksNext) this.askAnchor(this.tickets.confirmed);
      this.#writeRoot();
    }
    this.#tables.commit();
    this.#state.settle();
  }

  /** As if nothing had been done since `begin`. */
  rollback(): void {
    this.#state.journal.undoTo(0);
    this.#state.settle();
    this.#tables.rollback();
  }

  head(): StoreHead {
    return this.#state.root.head();
  }

  /** For an anchor that wants one. */
  get anchorSecret(): KeyObject {
    return anchorSecret(this.#sealer.ring);
  }

  /** What the root on the disk says of the anchor, or the next one will. */
  get tickets(): Tickets {
    return this.#state.root.tickets;
  }

  /**
   * The state that is durable now, for the anchor to take, which has `confirmed`. From now on each root says so: whatever the anchor makes
   * of it, it is found to have one of the states that the root names.
   */
  askAnchor(confirmed: StoreHead | undefined): StoreHead {
    const asked = this.head();
    this.#state.root.tickets = { confirmed, asked };
    return asked;
  }

  /**
   * A new epoch, and what is written about it, in one transaction. Durable when it returns. Where there is an anchor, the root says that it is
   * asked to take this very state: so no anchor that was emptied is a new one to it, not even before the next commit.
   */
  beginEpoch({ epoch, confirmed, isAnchored }: NewEpoch, batch: Batch, write: Write): void {
    this.#asksNext = isAnchored;
    try {
      write(() => {
        this.#state.beginEpoch(epoch, { confirmed, asked: undefined });
        this.apply(batch);
      });
    } finally {
      this.#asksNext = false;
    }
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
    const next = write(() => resealRows(this.#parts, from));
    if (next === undefined) this.#keep(this.#root, newestOnly(this.#sealer.ring), write);
    return next;
  }

  /** The store's keys are written before they are used. The root is sealed anew with them, by the newest key in use so far. */
  #keep(root: KeyObject, ring: KeyRing, write: Write): void {
    write(() => {
      this.#tables.setMeta(KEYS, wrapKeys(root, ring));
      this.#state.count();
    });
    this.#root = root;
    this.#sealer.use(ring);
  }

  /** The new versions of the puts. Writes all of the batch, or throws; after `conflict`, `invalid`, `tampered` and `state-tampered`
   * nothing of it is written, after other errors the transaction must be rolled back. */
  apply(batch: Batch): number[] {
    const { expect = [], put = [], delete: gone = [], queue = [], append = [], trim = [] } = batch;
    const puts = put.map(({ key, value }) => ({
      key,
      value,
      blinded: this.#sealer.blindKey(key),
      current: 0,
      gone: 0,
    }));
    const deletes = gone.map((key) => ({ key, blinded: this.#sealer.blindKey(key), current: 0, gone: 0 }));
    if (puts.length + deletes.length > 1)
      requireDistinct([...puts, ...deletes].map(({ blinded }) => blinded));
    for (const { key, version } of expect) {
      const is = this.#version(this.#sealer.blindKey(key));
      if (is !== version)
        throw new StoreError(
          'conflict',
          `an entry under '${key[0]}' has version ${is}, not ${version}: read it again and decide anew`,
        );
    }
    // Whatever may turn out to be tampered is read before anything is written.
    for (const one of puts) {
      one.current = this.#version(one.blinded);
      if (one.current === 0) one.gone = this.#goneVersion(one.blinded);
    }
    for (const one of deletes) {
      one.current = this.#version(one.blinded);
      one.gone = this.#goneVersion(one.blinded);
    }
    const logs = append.map(({ log, value }) => ({ name: this.#sealer.blindName('l', log), value }));
    for (const { name } of logs) this.#state.logs.next(name);
    const cuts = trim.map(({ log, before }) =>
      this.#state.logs.cut(this.#sealer.blindName('l', log), before),
    );
    this.#applyQueue(queue);
    const versions = puts.map((one) => this.#put(one));
    for (const one of deletes) this.#delete(one);
    for (const one of logs) this.#append(one);
    for (const cut of cuts) if (cut) this.#state.logs.trim(cut);
    return versions;
  }

  get(key: Key): Entry | undefined {
    const blinded = this.#sealer.blindKey(key);
    const head = this.#state.head('entry', blinded);
    if (head === undefined) return undefined;
    const body = this.#tables.body(blinded);
    if (body === undefined) throw this.#state.tampered(blinded);
    return this.#open({ key: blinded, head }, body);
  }

  scan(prefix: Key, limit: number, cursor?: string): { entries: Entry[]; next?: string } {
    const blinded = this.#sealer.blindKey(prefix);
    let after = cursor === undefined ? blinded : readCursor(cursor, blinded);
    const entries: Entry[] = [];
    let bytes = 0;
    const heads = this.#state.entries(after, Buffer.concat([blinded, AFTER]));
    for (const [key, body] of this.#tables.bodies(blinded, after)) {
      if (entries.length === limit || bytes >= limits.pageBytes.value)
        return { entries, next: after.toString('base64url') };
      const { value: row } = heads.next();
      if (!row?.key.equals(key)) throw this.#state.tampered(row?.key ?? blinded);
      const entry = this.#open(row, body);
      bytes += entry.value.length;
      entries.push(entry);
      after = row.key;
    }
    const { value: missing } = heads.next();
    if (missing) throw this.#state.tampered(missing.key);
    return { entries };
  }

  queue(queue: string, limit: number): QueueItem[] {
    return [...take(readQueue(this.#parts, queue), limit)];
  }

  log(log: string, asked: number, limit: number): LogEntry[] {
    const blinded = this.#sealer.blindName('l', log);
    const from = Math.max(asked, this.#state.logs.first(blinded));
    const entries: LogEntry[] = [];
    let bytes = 0;
    const heads = this.#state.logs.heads(blinded, from);
    for (const [position, found, body] of this.#tables.logRows(blinded, from)) {
      if (entries.length === limit || bytes >= limits.pageBytes.value) return entries;
      const index = from + entries.length;
      const { value: head } = heads.next();
      if (position !== index || !head?.equals(found)) throw this.#state.logs.tampered();
      const value = this.#sealer.openParts(logPlace(blinded, position), head, body);
      bytes += value.length;
      entries.push({ index, value });
    }
    if (!heads.next().done) throw this.#state.logs.tampered();
    return entries;
  }

  logLength(log: string): number {
    return this.#state.logs.next(this.#sealer.blindName('l', log));
  }

  /** Wipes what it has in JavaScript's memory of keys. */
  close(): void {
    this.#state.close();
  }

  get #parts(): { readonly tables: Tables; readonly sealer: Sealer; readonly state: State } {
    return { tables: this.#tables, sealer: this.#sealer, state: this.#state };
  }

  #readRoot(): Root {
    const sealed = this.#tables.meta(ROOT);
    try {
      if (sealed) return Root.of(this.#sealer.open(rootPlace, sealed));
    } catch (cause) {
      throw new StoreError(
        'state-tampered',
        'the root over all records of the store did not authenticate: it was changed outside of this store; restore the data folder from a backup',
        { cause },
      );
    }
    throw new StoreError(
      'state-tampered',
      'the store has lost the root over all its records; restore the data folder from a backup',
    );
  }

  #writeRoot(): void {
    this.#tables.setMeta(ROOT, this.#sealer.seal(rootPlace, this.#state.root.bytes()));
  }

  #applyQueue(operations: NonNullable<Batch['queue']>): void {
    const apply = (operation: (typeof operations)[number]) => applyQueueOperation(this.#parts, operation);
    // A single operation throws before it writes.
    if (operations.length <= 1) {
      operations.forEach(apply);
      return;
    }
    const mark = this.#state.journal.mark();
    this.#tables.savepoint();
    try {
      operations.forEach(apply);
    } catch (error) {
      if (error instanceof StoreError) {
        this.#state.journal.undoTo(mark);
        this.#tables.rollbackToSavepoint();
      }
      throw error;
    }
    this.#tables.releaseSavepoint();
  }

  #version(blinded: Buffer): number {
    const head = this.#state.head('entry', blinded);
    return head ? versionIn(head) : 0;
  }

  #goneVersion(blinded: Buffer): number {
    const head = this.#state.head('gone', blinded);
    return head ? versionIn(head) : 0;
  }

  #put({ blinded, key, value, current, gone }: Planned & { readonly value: Uint8Array }): number {
    const version = (current || gone) + 1;
    const sealed = this.#sealer.seal(entryPlace(blinded, version), encodePath(key), value);
    const head = headOf(version, sealed.subarray(0, HEAD_BYTES));
    const body = sealed.subarray(HEAD_BYTES);
    if (gone) {
      this.#state.set('gone', { key: blinded }, kindOf(key));
      this.#tables.deleteGone(blinded);
    }
    this.#state.set('entry', { key: blinded, head }, kindOf(key));
    if (current) this.#tables.updateEntry(blinded, head, body);
    else this.#tables.insertEntry(blinded, head, body);
    return version;
  }

  #delete({ blinded, key, current }: Planned): void {
    if (current === 0) return;
    const head = headOf(current);
    this.#state.set('gone', { key: blinded, head }, kindOf(key));
    this.#state.set('entry', { key: blinded }, kindOf(key));
    this.#tables.putGone(blinded, head);
    this.#tables.deleteEntry(blinded);
  }

  #append({ name, value }: { readonly name: Buffer; readonly value: Uint8Array }): void {
    const position = this.#state.logs.next(name);
    const sealed = this.#sealer.seal(logPlace(name, position), value);
    this.#tables.append(name, position, sealed.subarray(0, HEAD_BYTES), sealed.subarray(HEAD_BYTES));
    this.#state.logs.appended(name, sealed.subarray(0, HEAD_BYTES));
  }

  #open({ key: blinded, head }: HeadRow, body: Uint8Array): Entry {
    const version = versionIn(head);
    const place = entryPlace(blinded, version);
    const { key, rest } = decodePath(this.#sealer.openParts(place, sealedHead(head), body));
    return { key, value: rest, version };
  }
}

interface Planned {
  readonly blinded: Buffer;
  readonly key: Key;
  /** The version of its value; 0 where it has none. */
  current: number;
  /** The last version of a key that was deleted; 0 where it was not. */
  gone: number;
}

/** The kind of record that a key is of. */
const kindOf = ([first = '']: Key): string => first;
/** `keys`: blinded, of all that is put or deleted. */
function requireDistinct(keys: readonly Buffer[]): void {
  if (new Set(keys.map((key) => key.toString('latin1'))).size < keys.length)
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
