/** The embedded engine: one folder, no server, SQLite in a thread of its own. */
import { mkdir, open } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { messageOf, systemCode } from '@gaiwan/errors';
import { checkBatch, checkKey, checkKeys, checkNumber, checkPrefix, checkSegment } from '../batch-checks.ts';
import { scanEntries } from '../entries.ts';
import { limits } from '../limits.ts';
import type { RootKeyProvider } from '../root-key.ts';
import {
  type Batch,
  type Entry,
  type Key,
  type LogEntry,
  type QueueItem,
  type Store,
  StoreError,
} from '../store.ts';
import { Database } from './database.ts';
import type { StoreHead } from './head.ts';
import { Keys } from './keys.ts';
import { EngineLink } from './link.ts';
import type { PackedBatch, PackedEntry, Packer, Slice } from './messages.ts';
import { toStoreError } from './sqlite-errors.ts';
import { Tables } from './tables.ts';

export interface EmbeddedStoreOptions {
  /** Made (mode 0700) where it does not exist. Used by one process at a time. */
  readonly folder: string;
  readonly rootKey: RootKeyProvider;
  /** Gets what stands in the way of tidying up after a rotation of keys: nothing is lost by it. */
  readonly report?: (error: unknown) => void;
  /** Caps the database's size in pages of 4 KiB. For tests of a full disk. */
  readonly maxPages?: number;
}

const DATABASE = 'store.sqlite';
const DEFAULT_PAGE = 1000;

async function makeFolder(folder: string): Promise<void> {
  try {
    const made = await mkdir(folder, { recursive: true, mode: 0o700 });
    if (made === undefined) return;
    const parent = await open(dirname(made), 'r');
    try {
      await parent.sync();
    } finally {
      await parent.close();
    }
  } catch (error) {
    const code = systemCode(error) === 'ENOSPC' ? 'disk-full' : 'io';
    throw new StoreError(code, `cannot make the data folder ${folder}: ${messageOf(error)}`, {
      cause: error,
    });
  }
}

function packBatch({ put = [], queue = [], append = [], ...rest }: Batch, packer: Packer): PackedBatch {
  return {
    ...rest,
    put: put.map(({ key, value }) => ({ key, value: packer.add(value) })),
    queue: queue.map((operation) =>
      operation.op === 'enqueue'
        ? { ...operation, payload: packer.add(operation.payload ?? new Uint8Array(0)) }
        : operation,
    ),
    append: append.map(({ log, value }) => ({ log, value: packer.add(value) })),
  };
}

/** A copy of its own: one value kept must not keep its whole message alive. */
const unpack = (bytes: ArrayBuffer, [start, end]: Slice) => new Uint8Array(bytes.slice(start, end));
const unpackEntry = (bytes: ArrayBuffer, entry: PackedEntry): Entry => ({
  key: entry.key,
  value: unpack(bytes, entry.value),
  version: entry.version,
});

export interface EmbeddedStore extends Store {
  /**
   * Another root key, and other keys for what is written from now on; reads and writes continue meanwhile. What was written before is
   * then sealed anew in the background: `resealed` resolves when all of it is. Rejects with `root-key` where the root key cannot be
   * changed, and with what its provider rejects with: then the store continues under the keys that it has.
   */
  rotateKeys(): Promise<{ readonly resealed: Promise<void> }>;
  /**
   * Continues sealing anew what older keys sealed, after an end or an error in the middle; done at once where nothing is left. Also
   * begun whenever the store is opened.
   */
  reseal(): Promise<void>;
  /** What is durable now, as two values by which an older state of the store can be told from it. */
  head(): Promise<StoreHead>;
  /**
   * Writes all that was committed before into a new folder, as a store that opens under the same root key. Whoever else reads or
   * writes waits until it is done.
   */
  copyTo(folder: string): Promise<void>;
}

class Embedded implements EmbeddedStore {
  readonly #link: EngineLink;
  readonly #keys: Keys;

  constructor(link: EngineLink, keys: Keys) {
    this.#link = link;
    this.#keys = keys;
  }

  async rotateKeys(): Promise<{ readonly resealed: Promise<void> }> {
    await this.#keys.rotate();
    const resealed = this.#keys.reseal();
    // Whoever does not wait is not to be ended by it.
    resealed.catch(() => undefined);
    return { resealed };
  }

  reseal(): Promise<void> {
    return this.#keys.reseal();
  }

  async head(): Promise<StoreHead> {
    return (await this.#link.request(() => ({ kind: 'head' }))).value;
  }

  async copyTo(folder: string): Promise<void> {
    await makeFolder(folder);
    const path = join(folder, DATABASE);
    await this.#link.request(() => ({ kind: 'copy', path }));
  }

  async get(key: Key): Promise<Entry | undefined> {
    checkKey(key);
    return (await this.#get([key]))[0];
  }

  async getMany(keys: readonly Key[]): Promise<(Entry | undefined)[]> {
    checkKeys(keys);
    return keys.length === 0 ? [] : this.#get(keys);
  }

  async scan(
    prefix: Key,
    { limit = DEFAULT_PAGE, cursor }: { readonly limit?: number; readonly cursor?: string } = {},
  ): Promise<{ readonly entries: Entry[]; readonly next?: string }> {
    checkPrefix(prefix);
    checkNumber('limit', limit, 1);
    const page = Math.min(limit, limits.page.value);
    const { value, bytes } = await this.#link.request(() => ({ kind: 'scan', prefix, limit: page, cursor }));
    const { entries, next } = value;
    const unpacked = entries.map((entry) => unpackEntry(bytes, entry));
    return next === undefined ? { entries: unpacked } : { entries: unpacked, next };
  }

  entries(prefix: Key): AsyncIterable<Entry> {
    return scanEntries(this, prefix);
  }

  async commit(batch: Batch): Promise<void> {
    await this.commitVersions(batch);
  }

  async commitVersions(batch: Batch): Promise<readonly number[]> {
    const size = checkBatch(batch);
    const { value } = await this.#link.request(
      (packer) => ({ kind: 'commit', batch: packBatch(batch, packer) }),
      size,
    );
    return value;
  }

  async queue(
    queue: string,
    { limit = limits.queueItems.value }: { readonly limit?: number } = {},
  ): Promise<QueueItem[]> {
    checkSegment(queue);
    checkNumber('limit', limit, 1);
    const most = Math.min(limit, limits.queueItems.value);
    const { value, bytes } = await this.#link.request(() => ({ kind: 'queue', queue, limit: most }));
    return value.map((item) => ({ ...item, payload: unpack(bytes, item.payload) }));
  }

  async log(
    log: string,
    { from = 0, limit = DEFAULT_PAGE }: { readonly from?: number; readonly limit?: number } = {},
  ): Promise<LogEntry[]> {
    checkSegment(log);
    checkNumber('from', from);
    checkNumber('limit', limit, 1);
    const page = Math.min(limit, limits.page.value);
    const { value, bytes } = await this.#link.request(() => ({ kind: 'log', log, from, limit: page }));
    return value.map((entry) => ({ ...entry, value: unpack(bytes, entry.value) }));
  }

  async logLength(log: string): Promise<number> {
    checkSegment(log);
    return (await this.#link.request(() => ({ kind: 'logLength', log }))).value;
  }

  close(): Promise<void> {
    return this.#link.close();
  }

  async #get(keys: readonly Key[]): Promise<(Entry | undefined)[]> {
    const { value, bytes } = await this.#link.request(() => ({ kind: 'get', keys }));
    return value.map((entry) => entry && unpackEntry(bytes, entry));
  }
}

/**
 * Opens the store of a folder, for this process alone until `close` or the process's end. Rejects with `in-use` where
 * another has it, `tampered` where the root key is not the store's, `state-tampered` where the rows are not those that were written last,
 * `format`, `root-key`, `disk-full` or `io`.
 */
export async function openEmbeddedStore(options: EmbeddedStoreOptions): Promise<EmbeddedStore> {
  const { report = () => undefined } = options;
  const folder = resolve(options.folder);
  await makeFolder(folder);
  const link = new EngineLink(join(folder, DATABASE), options.maxPages);
  try {
    // Locked before the root key is asked for, so that two processes never make two keys.
    const { isNew } = await link.waitForLock();
    const keys = new Keys(link, options.rootKey, report);
    await keys.unlock(isNew);
    // Begun by a rotation before the last end, perhaps.
    keys.reseal().catch((error: unknown) => {
      if (!(error instanceof StoreError && error.code === 'closed')) report(error);
    });
    return new Embedded(link, keys);
  } catch (error) {
    await link.terminate();
    throw error;
  }
}

/**
 * As `EmbeddedStore.copyTo`, of a store that no process has open; its root key is not needed. Rejects with `in-use` where one has.
 */
export async function copyClosedStore(from: string, folder: string): Promise<void> {
  await makeFolder(folder);
  try {
    const tables = new Tables(new Database(join(resolve(from), DATABASE)));
    try {
      tables.copyTo(join(folder, DATABASE));
    } finally {
      tables.close();
    }
  } catch (error) {
    throw toStoreError(error);
  }
}
