/**
 * Which rows the store has: in memory in parts that a read compares with the disk, and summed up in the root, which is sealed in the same
 * transaction as the rows. Rows that are not what was written last are noticed when they are read, and at the start.
 */
import { createHash } from 'node:crypto';
import type { StoreError } from '../store.ts';
import { Buckets } from './buckets.ts';
import { Elements } from './elements.ts';
import type { Tickets } from './head.ts';
import { Items } from './items.ts';
import { Journal } from './journal.ts';
import { LoadedRows } from './loaded-rows.ts';
import { Logs } from './logs.ts';
import { type Kind, type Root, requireSame, shownKind, tamperedRows } from './root.ts';
import type { HeadRow, SetTable } from './rows.ts';
import type { Tables } from './tables.ts';

const KIND_BYTES = 16;
const STORE_LABEL = 'gaiwan store 2 id';

const kindPrefix = (key: Buffer): string => key.toString('latin1', 0, KIND_BYTES);

export interface StateOptions {
  readonly tables: Tables;
  /** The secret key of digests; is wiped. */
  readonly key: Uint8Array;
  /** How the first segment of a key looks in the database. */
  readonly blindKind: (name: string) => Buffer;
  /** See `BucketsOptions`. */
  readonly held: number;
}

export class State {
  readonly journal: Journal = new Journal();
  readonly root: Root;
  readonly logs: Logs;
  readonly items: Items;
  readonly #tables: Tables;
  readonly #elements: Elements;
  readonly #buckets: Readonly<Record<SetTable, Buckets>>;
  /** By the blinded first segment of their keys. */
  readonly #kinds = new Map<string, Kind>();
  /** By that segment itself. */
  readonly #named = new Map<string, Kind>();

  /** Reads all rows, without their values. Throws `state-tampered` where they are not those of the root that was written last. */
  constructor({ tables, key, blindKind, held }: StateOptions, written: Root) {
    this.#tables = tables;
    const store = createHash('sha256').update(STORE_LABEL).update(key).digest();
    this.#elements = new Elements(key);
    this.root = written.emptied();
    this.root.store = store;
    for (const kind of this.root.kinds)
      if (kind.family === 'entries') {
        this.#kinds.set(kindPrefix(blindKind(kind.name)), kind);
        this.#named.set(kind.name, kind);
      }
    const shared = { tables, journal: this.journal };
    const inKind = (prefix: string): StoreError => this.#tamperedKind(prefix);
    this.#buckets = {
      entry: new Buckets('entry', { ...shared, held }, inKind),
      gone: new Buckets('gone', { ...shared, held }, inKind),
    };
    const { queue, log } = this.root;
    const counted = { ...shared, elements: this.#elements };
    this.items = new Items({ ...counted, all: queue.sum, tampered: () => tamperedRows(shownKind(queue)) });
    this.logs = new Logs({ ...counted, all: log.sum, tampered: () => tamperedRows(shownKind(log)) });
    this.#load('entry');
    this.#load('gone');
    this.items.fill();
    this.logs.fill();
    if (tables.hasOtherTypes()) throw tamperedRows('tables');
    requireSame(written, this.root);
  }

  /** The head of a key's row. Throws `state-tampered`, also where it is absent and ought not to be. */
  head(table: SetTable, key: Buffer): Buffer | undefined {
    return this.#buckets[table].head(key);
  }

  /** What to throw where an entry's row is not the one that was written last. */
  tampered(key: Buffer): StoreError {
    return this.#tamperedKind(kindPrefix(key));
  }

  /** Throws `state-tampered` unless an entry's head is this one. */
  requireHead(key: Buffer, head: Buffer): void {
    if (!this.head('entry', key)?.equals(head)) throw this.tampered(key);
  }

  /** Rows of entries after a key and before another. Throws `state-tampered`. */
  entries(after: Buffer, end: Buffer): Generator<HeadRow, undefined> {
    return this.#buckets.entry.after(after, end);
  }

  /** Within a transaction: what a row's head is from now on; nothing where the row goes. `kind`: the first segment of the key, if it is known. */
  set(table: SetTable, { key, head }: { readonly key: Buffer; readonly head?: Buffer }, kind?: string): void {
    const before = this.#buckets[table].set(key, head);
    const { sum } = this.#kindToChange(key, kind);
    const removed = before && this.#elements.row(table, key, before);
    const added = head && this.#elements.row(table, key, head);
    if (removed) sum.change(removed, -1);
    if (added) sum.change(added, 1);
    this.journal.did(() => {
      if (removed) sum.change(removed, 1);
      if (added) sum.change(added, -1);
    });
  }

  /** Within a transaction: another commit is counted. */
  count(): void {
    this.root.commits++;
    this.journal.did(() => this.root.commits--);
  }

  /** Within a transaction. */
  beginEpoch(epoch: number, tickets: Tickets): void {
    const before = { epoch: this.root.epoch, tickets: this.root.tickets };
    Object.assign(this.root, { epoch, tickets });
    this.journal.did(() => Object.assign(this.root, before));
  }

  /** The transaction is durable, or undone. */
  settle(): void {
    this.journal.end();
    this.#buckets.entry.settle();
    this.#buckets.gone.settle();
    this.logs.settle();
  }

  close(): void {
    this.#elements.wipe();
  }

  /** Sums up all rows of a table, and cuts them into buckets. */
  #load(table: SetTable): void {
    const loaded = new LoadedRows(table, {
      elements: this.#elements,
      sumOf: (kind) => (this.#kindOf(kind) ?? this.root.other).sum,
      damaged: () => tamperedRows('tables'),
    });
    for (const chunk of this.#tables.allRows(table)) loaded.add(chunk);
    this.#buckets[table].fill(loaded);
  }

  #kindToChange(key: Buffer, name: string | undefined): Kind {
    if (name === undefined) return this.#kindOf(kindPrefix(key)) ?? this.root.other;
    return this.#named.get(name) ?? this.#newKind(kindPrefix(key), name);
  }

  #kindOf(prefix: string): Kind | undefined {
    return this.#kinds.get(prefix);
  }

  #newKind(prefix: string, name: string): Kind {
    const kind = this.root.entries(name);
    if (kind === this.root.other) return kind;
    this.#kinds.set(prefix, kind);
    this.#named.set(name, kind);
    return kind;
  }

  #tamperedKind(prefix: string): StoreError {
    return tamperedRows(shownKind(this.#kindOf(prefix) ?? this.root.other));
  }
}
