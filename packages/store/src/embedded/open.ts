/** The embedded engine: one folder, no server, SQLite in a thread of its own. */
import { type FileHandle, mkdir, open } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { messageOf, systemCode } from '@gaiwan/errors';
import type { AnchorOptions } from '../anchor.ts';
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
import { Anchoring, readAnchor, requireNewest } from './anchoring.ts';
import { Database } from './database.ts';
import type { StoreHead } from './head.ts';
import { Keys } from './keys.ts';
import { EngineLink } from './link.ts';
import type { PackedBatch, PackedEntry, Packer, Slice } from './messages.ts';
import { settleLog } from './settle-log.ts';
import { toStoreError } from './sqlite-errors.ts';
import { Tables } from './tables.ts';

export interface EmbeddedStoreOptions {
  /** Made (mode 0700) where it does not exist. Used by one process at a time. */
  readonly folder: string;
  readonly rootKey: RootKeyProvider;
  /** Gets what stands in the way of tidying up after a rotation of keys: nothing is lost by it. */
  readonly report?: (error: unknown) => void;
  /**
   * Who remembers the newest state outside of the folder. Where there is none, an older copy of the folder opens as well, unless it says
   * itself that it was anchored. `unchecked`: to look into a copy, which the anchor need not know.
   */
  readonly anchor?: AnchorOptions | 'unchecked';
  /** Opens the store whatever the anchor remembers, in a new epoch; what it returns is written in the same transaction. */
  readonly recover?: (recovery: Recovery) => Batch;
  /** With `recover`: the epoch that begins is at least this one, where the anchor that had the newest is gone. From 1 to `limits.epoch`. */
  readonly minEpoch?: number;
  /** Caps the database's size in pages of 4 KiB. For tests of a full disk. */
  readonly maxPages?: number;
}

/** The state that a recovery accepts, and what becomes of it. */
export interface Recovery {
  readonly epoch: number;
  readonly accepted: StoreHead;
  /** What the anchor remembers. */
  readonly anchored: StoreHead | undefined;
}

const DATABASE = 'store.sqlite';
const DEFAULT_PAGE = 1000;

/** Durable when it resolves: its name and those of the folders that it is in, whoever made them. */
async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    // Also of those that are there: an end before the sync may have left one.
    for (let at = folder; at !== dirname(at); at = dirname(at)) await syncFolder(dirname(at));
  } catch (error) {
    const code = systemCode(error) === 'ENOSPC' ? 'disk-full' : 'io';
    throw new StoreError(code, `cannot make the data folder ${folder}: ${messageOf(error)}`, {
      cause: error,
    });
  }
}

/** Those that we may not read have nothing that we made. */
async function syncFolder(path: string): Promise<void> {
  let folder: FileHandle;
  try {
    folder = await open(path, 'r');
  } catch (error) {
    if (systemCode(error) === 'EACCES') return;
    throw error;
  }
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

async function settle(database: string): Promise<void> {
  try {
    await settleLog(database);
  } catch (cause) {
    const code = systemCode(cause) === 'ENOSPC' ? 'disk-full' : 'io';
    const text = `the write-ahead log ${database}-wal cannot be read and written: ${messageOf(cause)}`;
    throw new StoreError(code, text, { cause });
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

function asWritten(error: unknown): never {
  if (!(error instanceof StoreError)) throw error;
  throw new StoreError(error.code, error.message, { cause: error, written: true });
}

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
  /**
   * Resolves with why the store takes no more writes until it is opened again: a disk that failed to confirm one (`sync-failed`), a thread
   * that ended (`io`). Never, where that does not happen.
   */
  readonly failed: Promise<StoreError>;
  /** It is about to be closed: whoever waits for a silent anchor waits no longer than a stop may take (`limits.anchorStopWait`). */
  hurry(): void;
}

class Embedded implements EmbeddedStore {
  readonly #link: EngineLink;
  readonly #keys: Keys;
  readonly #anchoring: Anchoring | undefined;

  constructor(link: EngineLink, keys: Keys, anchoring: Anchoring | undefined) {
    this.#link = link;
    this.#keys = keys;
    this.#anchoring = anchoring;
  }

  get failed(): Promise<StoreError> {
    return this.#link.failed;
  }

  async rotateKeys(): Promise<{ readonly resealed: Promise<void> }> {
    this.#anchoring?.requireAnchor();
    await this.#keys.rotate();
    await this.#anchoring?.acknowledged();
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
    this.#anchoring?.requireAnchor();
    const { value } = await this.#link.request(
      (packer) => ({ kind: 'commit', batch: packBatch(batch, packer) }),
      size,
    );
    await this.#anchoring?.acknowledged().catch(asWritten);
    return value;
  }

  async anchored(): Promise<void> {
    await this.#anchoring?.anchored();
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

  hurry(): void {
    this.#anchoring?.hurry();
  }

  async close(): Promise<void> {
    await this.#anchoring?.close();
    await this.#link.close();
  }

  async #get(keys: readonly Key[]): Promise<(Entry | undefined)[]> {
    const { value, bytes } = await this.#link.request(() => ({ kind: 'get', keys }));
    return value.map((entry) => entry && unpackEntry(bytes, entry));
  }
}

/**
 * Opens the store of a folder, for this process alone until `close` or the process's end. Rejects with `in-use` where
 * another has it, `tampered` where the root key is not the store's, `state-tampered` where the rows are not those that were written last,
 * `state-rolled-back`, `anchor-unavailable`, `anchor-unreadable`, `anchor-moved` and `anchor-missing` for the sake of an anchor, `format`,
 * `root-key`, `disk-full` or `io`.
 */
export async function openEmbeddedStore(options: EmbeddedStoreOptions): Promise<EmbeddedStore> {
  const { anchor, report = () => undefined } = options;
  const folder = resolve(options.folder);
  await makeFolder(folder);
  const link = new EngineLink(join(folder, DATABASE), options.maxPages);
  try {
    // Locked before the root key is asked for, so that two processes never make two keys.
    const { isNew } = await link.waitForLock();
    await settle(join(folder, DATABASE));
    const asked = anchor && anchor !== 'unchecked' ? anchor : undefined;
    // Before anything is made in the folder, unless the anchor is told by a secret that is in it.
    const before = asked && !asked.anchor.unlock ? await readAnchor(asked) : undefined;
    if (isNew && (before || options.recover)) throw emptied(before);
    const keys = new Keys(link, options.rootKey, report);
    await keys.unlock(isNew);
    const known = asked?.anchor.unlock ? await readLocked(asked, link) : before;
    const anchoring = await checkState(link, options, known);
    // Begun by a rotation before the last end, perhaps. A copy that is only looked into stays as it is.
    if (anchor !== 'unchecked')
      keys.reseal().catch((error: unknown) => {
        if (!(error instanceof StoreError && error.code === 'closed')) report(error);
      });
    return new Embedded(link, keys, anchoring);
  } catch (error) {
    await link.terminate();
    throw error;
  }
}

async function readLocked(options: AnchorOptions, link: EngineLink): Promise<StoreHead | undefined> {
  const { value: secret } = await link.request(() => ({ kind: 'anchorSecret' }));
  options.anchor.unlock?.(secret);
  return readAnchor(options);
}

const emptied = (anchored: StoreHead | undefined) =>
  new StoreError(
    'state-rolled-back',
    `the folder is empty, ${anchored ? 'and its anchor remembers a state' : 'so there is nothing to recover'}: it was taken away, or another folder is meant. Put it back`,
  );

/** Of an opened store: is it the newest, or accepted as such? Whoever goes on has the anchor at the state on the disk. */
async function checkState(
  link: EngineLink,
  { anchor, recover, minEpoch = 1, report = () => undefined }: EmbeddedStoreOptions,
  anchored: StoreHead | undefined,
): Promise<Anchoring | undefined> {
  if (anchor === 'unchecked') return undefined;
  const { value: state } = await link.request(() => ({ kind: 'state' }));
  const { head, tickets } = state;
  if (recover) {
    checkNumber('the least epoch', minEpoch, 1);
    const epoch = Math.max(head.epoch + 1, (anchored?.epoch ?? 0) + 1, minEpoch);
    if (epoch > limits.epoch.value)
      throw new StoreError('invalid', `epoch ${epoch} is beyond the last one, ${limits.epoch.value}`);
    const batch = recover({ epoch, accepted: head, anchored });
    checkBatch(batch);
    await link.request((packer) => ({
      kind: 'epoch',
      epoch,
      confirmed: anchored,
      isAnchored: anchor !== undefined,
      batch: packBatch(batch, packer),
    }));
  } else if (anchor) requireNewest(anchored, state);
  else if (tickets.confirmed || tickets.asked)
    throw new StoreError(
      'anchor-missing',
      'the store was anchored before, and no anchor is named: name it; to do without from now on, gaiwan recover begins a new epoch, which everybody sees',
    );
  if (!anchor) return undefined;
  const anchoring = new Anchoring(link, anchor, anchored, report);
  try {
    await anchoring.anchored();
  } catch (error) {
    anchoring.stop();
    throw error;
  }
  return anchoring;
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
