/**
 * A store without a disk: what a store promises, and the ways in which it may fail. For histories in which the disk is not the question. A
 * commit is there as a whole from one moment on, and acknowledged a moment later: an end in between takes the acknowledgement.
 */
import { createHash } from 'node:crypto';
import {
  type Batch,
  type Entry,
  type Key,
  type LogEntry,
  type QueueItem,
  type QueueOperation,
  type Store,
  StoreError,
  type StoreHead,
} from '@gaiwan/store';
import type { Faults } from '../physics/faults.ts';
import type { Loop } from '../physics/loop.ts';
import type { Random } from '../physics/random.ts';

interface Log {
  readonly values: Uint8Array[];
  /** Index of the first. */
  from: number;
}

interface Item {
  readonly payload: Uint8Array;
  readonly token: number;
  readonly until: number;
}

const nameOf = (key: Key): string => JSON.stringify(key);
/** Milliseconds. */
const READ = 0.02;
const COMMIT = 0.5;
const SLOW = 4000;
const LONGEST_FULL = 20_000;

/** What outlasts the processes that use it. */
export class Kept {
  readonly entries: Map<string, Entry>;
  /** Versions that deleted keys had. */
  readonly gone: Map<string, number>;
  readonly queues: Map<string, Map<string, Item>>;
  readonly logs: Map<string, Log>;
  commits: number;
  /** What a failed sync was about: the next start finds it, or not. */
  unconfirmed: Batch | undefined;

  /** As another has it, to begin with. */
  constructor(like?: Kept) {
    this.entries = new Map(like?.entries);
    this.gone = new Map(like?.gone);
    this.queues = new Map([...(like?.queues ?? [])].map(([name, items]) => [name, new Map(items)]));
    this.logs = new Map();
    for (const [name, { from, values }] of like?.logs ?? [])
      this.logs.set(name, { from, values: [...values] });
    this.commits = like?.commits ?? 0;
  }

  /** Undefined where it is done; else what it contradicts. */
  apply(batch: Batch): string | undefined {
    for (const { key, version } of batch.expect ?? [])
      if ((this.entries.get(nameOf(key))?.version ?? 0) !== version) return `${nameOf(key)} has changed`;
    const queues = new Map<string, Map<string, Item>>();
    for (const operation of batch.queue ?? []) {
      const items = queues.get(operation.queue) ?? new Map(this.queues.get(operation.queue));
      queues.set(operation.queue, items);
      if (!operate(items, operation)) return `${operation.id} of the queue ${operation.queue} has changed`;
    }
    for (const [name, items] of queues) this.queues.set(name, items);
    for (const { key, value } of batch.put ?? []) this.#put(key, value);
    for (const key of batch.delete ?? []) this.#delete(nameOf(key));
    for (const { log, value } of batch.append ?? []) this.#log(log).values.push(value.slice());
    for (const { log, before } of batch.trim ?? []) trim(this.#log(log), before);
    this.commits++;
    return undefined;
  }

  log(name: string): Log | undefined {
    return this.logs.get(name);
  }

  #put(key: Key, value: Uint8Array): void {
    const name = nameOf(key);
    const version = (this.entries.get(name)?.version ?? this.gone.get(name) ?? 0) + 1;
    this.gone.delete(name);
    this.entries.set(name, { key: [...key], value: value.slice(), version });
  }

  #delete(name: string): void {
    const entry = this.entries.get(name);
    if (!entry) return;
    this.entries.delete(name);
    this.gone.set(name, entry.version);
  }

  #log(name: string): Log {
    const log = this.logs.get(name) ?? { values: [], from: 0 };
    this.logs.set(name, log);
    return log;
  }
}

/** The last entry stays always. */
function trim(log: Log, before: number): void {
  const count = Math.min(before - log.from, log.values.length - 1);
  if (count <= 0) return;
  log.values.splice(0, count);
  log.from += count;
}

function operate(items: Map<string, Item>, operation: QueueOperation): boolean {
  const { id } = operation;
  const item = items.get(id);
  if (operation.op === 'enqueue') {
    if (item) return false;
    items.set(id, { payload: operation.payload?.slice() ?? new Uint8Array(), token: 0, until: 0 });
    return true;
  }
  if (!item) return operation.op === 'remove' && operation.token === undefined;
  if (operation.token !== undefined && operation.token !== item.token) return false;
  if (operation.op === 'remove') return items.delete(id);
  if (operation.op !== 'lease' && item.until === 0) return false;
  const token = operation.op === 'lease' ? item.token + 1 : item.token;
  items.set(id, { ...item, token, until: operation.op === 'release' ? 0 : operation.until });
  return true;
}

export interface Weather {
  readonly loop: Loop;
  readonly random: Random;
  readonly faults: Faults;
}

/** One process's use of it. */
export class MemoryStore implements Store {
  readonly #kept: Kept;
  readonly #weather: Weather;
  readonly #failed = Promise.withResolvers<StoreError>();
  #lastAt = 0;
  #fullUntil = 0;
  #cannotSync: StoreError | undefined;

  constructor(kept: Kept, weather: Weather) {
    this.#kept = kept;
    this.#weather = weather;
    const { unconfirmed } = kept;
    kept.unconfirmed = undefined;
    if (unconfirmed && weather.random.chance(0.5)) kept.apply(unconfirmed);
  }

  /** As `EmbeddedStore.failed`. */
  get failed(): Promise<StoreError> {
    return this.#failed.promise;
  }

  async get(key: Key): Promise<Entry | undefined> {
    const [entry] = await this.getMany([key]);
    return entry;
  }

  async getMany(keys: readonly Key[]): Promise<(Entry | undefined)[]> {
    await this.#read();
    return keys.map((key) => copy(this.#kept.entries.get(nameOf(key))));
  }

  async scan(
    prefix: Key,
    { limit = 1000, cursor }: { readonly limit?: number; readonly cursor?: string } = {},
  ): Promise<{ readonly entries: Entry[]; readonly next?: string }> {
    await this.#read();
    const under = [...this.#kept.entries].filter(([name, { key }]) => {
      const isUnder = key.length > prefix.length && prefix.every((segment, index) => key[index] === segment);
      return isUnder && (cursor === undefined || name > cursor);
    });
    under.sort(([a], [b]) => (a < b ? -1 : 1));
    const page = under.slice(0, limit);
    const last = page.at(-1)?.[0];
    const entries = page.flatMap(([, entry]) => copy(entry) ?? []);
    return under.length > page.length && last !== undefined ? { entries, next: last } : { entries };
  }

  async *entries(prefix: Key): AsyncGenerator<Entry> {
    let cursor: string | undefined;
    do {
      const page = await this.scan(prefix, cursor === undefined ? {} : { cursor });
      yield* page.entries;
      cursor = page.next;
    } while (cursor !== undefined);
  }

  async commit(batch: Batch): Promise<void> {
    await this.commitVersions(batch);
  }

  async commitVersions(batch: Batch): Promise<readonly number[]> {
    const { loop, random, faults } = this.#weather;
    const takes = faults.comes('slow disk', 'commit') ? SLOW : COMMIT * (0.2 + random.below(100) / 100);
    // One after the other.
    this.#lastAt = Math.max(this.#lastAt, loop.now) + takes;
    await loop.sleep(this.#lastAt - loop.now);
    if (this.#cannotSync) throw this.#cannotSync;
    const refused = this.#fault(batch);
    if (refused?.written !== true && refused !== undefined) throw refused;
    const conflict = this.#kept.apply(batch);
    if (conflict !== undefined) throw new StoreError('conflict', conflict);
    const versions = (batch.put ?? []).map(({ key }) => this.#kept.entries.get(nameOf(key))?.version ?? 0);
    await loop.sleep(random.below(100) / 1000);
    if (refused) throw refused;
    return versions;
  }

  async anchored(): Promise<void> {
    await this.#read();
  }

  async queue(queue: string, { limit = 1000 }: { readonly limit?: number } = {}): Promise<QueueItem[]> {
    await this.#read();
    const items = [...(this.#kept.queues.get(queue) ?? [])].slice(0, limit);
    return items.map(([id, item]) => ({ id, ...item, payload: item.payload.slice() }));
  }

  async log(
    name: string,
    { from = 0, limit = 1000 }: { readonly from?: number; readonly limit?: number } = {},
  ): Promise<LogEntry[]> {
    await this.#read();
    const log = this.#kept.log(name);
    if (!log) return [];
    const start = Math.max(from - log.from, 0);
    const values = log.values.slice(start, start + limit);
    return values.map((value, at) => ({ index: log.from + start + at, value: value.slice() }));
  }

  async logLength(name: string): Promise<number> {
    await this.#read();
    const log = this.#kept.log(name);
    return log ? log.from + log.values.length : 0;
  }

  async head(): Promise<StoreHead> {
    await this.#read();
    const { commits } = this.#kept;
    return { epoch: 1, commits, digest: createHash('sha256').update(`${commits}`).digest() };
  }

  /** Nothing of it is left in memory. */
  async close(): Promise<void> {
    await this.#read();
  }

  #read(): Promise<void> {
    return this.#weather.loop.sleep(READ);
  }

  /** What becomes of a commit; undefined: it is done. */
  #fault(batch: Batch): StoreError | undefined {
    const { loop, random, faults } = this.#weather;
    if (!faults.areOn) return undefined;
    if (loop.now >= this.#fullUntil && faults.comes('disk full', 'commit'))
      this.#fullUntil = loop.now + random.below(LONGEST_FULL);
    if (loop.now < this.#fullUntil) return new StoreError('disk-full', 'no space left on device');
    if (faults.comes('write error', 'commit')) return new StoreError('io', 'i/o error');
    if (faults.comes('unanswered anchor'))
      return new StoreError('anchor-unavailable', 'the anchor does not answer', { written: true });
    if (!faults.comes('sync error', 'commit')) return undefined;
    this.#cannotSync = new StoreError('sync-failed', 'the disk failed to confirm a write');
    this.#failed.resolve(this.#cannotSync);
    this.#kept.unconfirmed = batch;
    return this.#cannotSync;
  }
}

const copy = (entry: Entry | undefined): Entry | undefined =>
  entry && { ...entry, value: entry.value.slice() };
