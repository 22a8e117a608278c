/**
 * Keeps recently used entries in memory. Valid only over a store that this process alone writes, and only where every
 * write goes through the cache: the embedded engine guarantees the first.
 */
import type { Batch, Entry, Key, Store } from './store.ts';

export interface CacheOptions {
  readonly maxEntries: number;
  /** Larger values are not kept. Default: 16 KiB. */
  readonly maxValueBytes?: number;
}

/** A read under way. `stale`: a commit touched the key meanwhile, so what it finds may be old. */
interface Read {
  stale: boolean;
  readonly entry: Promise<Entry | undefined>;
}

// Lengths first: no two keys have the same name.
const nameOf = (key: Key) => `${key.map((segment) => segment.length).join()}:${key.join('')}`;
const copy = (entry: Entry | undefined): Entry | undefined =>
  entry && { ...entry, value: entry.value.slice() };

class Cache {
  readonly #store: Store;
  readonly #maxEntries: number;
  readonly #maxValueBytes: number;
  #closed = false;
  /** Least recently used first; `null`: known to be absent. */
  readonly #entries = new Map<string, Entry | null>();
  readonly #reads = new Map<string, Read>();
  /** Commits under way that touch a key. */
  readonly #writes = new Map<string, { count: number; contended: boolean }>();

  constructor(store: Store, { maxEntries, maxValueBytes = 16 * 1024 }: CacheOptions) {
    this.#store = store;
    this.#maxEntries = maxEntries;
    this.#maxValueBytes = maxValueBytes;
  }

  async getMany(keys: readonly Key[]): Promise<(Entry | undefined)[]> {
    const missing = new Map<string, Key>();
    const known = keys.map((key) => {
      const name = nameOf(key);
      const entry = this.#entries.get(name);
      if (entry !== undefined) this.#keep(name, entry);
      else if (this.#reads.get(name)?.stale !== false) missing.set(name, key);
      return { name, entry };
    });
    if (missing.size > 0) this.#startReads(missing);
    const entries = known.map(({ name, entry }) => {
      const read = entry === undefined && this.#reads.get(name);
      return read ? read.entry : Promise.resolve(entry ?? undefined);
    });
    return (await Promise.all(entries)).map(copy);
  }

  async commit(batch: Batch): Promise<void> {
    const put = (batch.put ?? []).map(({ key, value }) => ({ name: nameOf(key), key, value: value.slice() }));
    const gone = (batch.delete ?? []).map(nameOf);
    const touched = new Set([...put.map(({ name }) => name), ...gone]);
    for (const name of touched) this.#startWrite(name);
    let versions: readonly number[] | undefined;
    try {
      if (this.#store.commitVersions) versions = await this.#store.commitVersions(batch);
      else await this.#store.commit(batch);
    } catch (error) {
      for (const name of touched) this.#endWrite(name);
      for (const { key } of batch.expect ?? []) this.#entries.delete(nameOf(key));
      throw error;
    }
    for (const [index, { name, key, value }] of put.entries()) {
      const version = versions?.[index];
      if (this.#endWrite(name) && version !== undefined) this.#keep(name, { key, value, version });
    }
    for (const name of gone) if (this.#endWrite(name)) this.#keep(name, null);
  }

  close(): Promise<void> {
    this.#closed = true;
    this.#entries.clear();
    return this.#store.close();
  }

  #startWrite(name: string): void {
    const write = this.#writes.get(name);
    if (write) {
      write.count++;
      write.contended = true;
    } else this.#writes.set(name, { count: 1, contended: false });
    this.#spoilRead(name);
  }

  /** Forgets the entry. True where no other commit touched the key at the same time: then its outcome is known. */
  #endWrite(name: string): boolean {
    const write = this.#writes.get(name);
    if (write && --write.count === 0) this.#writes.delete(name);
    this.#spoilRead(name);
    this.#entries.delete(name);
    return write?.contended === false;
  }

  #startReads(missing: ReadonlyMap<string, Key>): void {
    const names = [...missing.keys()];
    const all = this.#store.getMany([...missing.values()]);
    for (const [index, name] of names.entries()) {
      const read: Read = {
        stale: this.#writes.has(name),
        entry: all.then(
          (entries) => {
            const entry = entries[index];
            this.#endRead(name, read);
            if (!read.stale) this.#keep(name, entry ?? null);
            return entry;
          },
          (error: unknown) => {
            this.#endRead(name, read);
            throw error;
          },
        ),
      };
      // Whoever waits gets the error; without a waiter it must not end the process.
      read.entry.catch(() => {});
      this.#reads.set(name, read);
    }
  }

  #endRead(name: string, read: Read): void {
    if (this.#reads.get(name) === read) this.#reads.delete(name);
  }

  #spoilRead(name: string): void {
    const read = this.#reads.get(name);
    if (read) read.stale = true;
  }

  #keep(name: string, entry: Entry | null): void {
    this.#entries.delete(name);
    if (this.#closed || (entry && entry.value.length > this.#maxValueBytes)) return;
    this.#entries.set(name, entry);
    if (this.#entries.size <= this.#maxEntries) return;
    const oldest = this.#entries.keys().next().value;
    if (oldest !== undefined) this.#entries.delete(oldest);
  }
}

/** `store` with a least-recently-used cache of entries, absences included. Its `close` closes the store. */
export function cachedStore(store: Store, options: CacheOptions): Store {
  const cache = new Cache(store, options);
  return {
    get: async (key) => (await cache.getMany([key]))[0],
    getMany: (keys) => cache.getMany(keys),
    commit: (batch) => cache.commit(batch),
    anchored: () => store.anchored(),
    scan: (prefix, page) => store.scan(prefix, page),
    entries: (prefix) => store.entries(prefix),
    queue: (queue, page) => store.queue(queue, page),
    log: (log, page) => store.log(log, page),
    logLength: (log) => store.logLength(log),
    close: () => cache.close(),
  };
}
