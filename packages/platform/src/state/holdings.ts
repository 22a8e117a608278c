/**
 * What accounts and groups have the platform keep, and how much they may. Each item that counts has a row, in the commit that makes the item;
 * the sums are in memory, where a call takes its part before it commits and gives it back where the commit fails: so they are exact, and calls of
 * one account do not meet in the store.
 */
import { nameOf, type Subject } from '@gaiwan/protocol';
import type { Key, Store } from '@gaiwan/store';
import { decodeRecord } from '../domain/codec.ts';
import { groupOf } from '../domain/group.ts';
import {
  type HeldRecord,
  keys,
  type StorageHolder,
  type StorageQuotaRecord,
  type UserRecord,
} from '../domain/records.ts';
import { refuse } from '../errors.ts';
import { limits } from '../limits.ts';
import type { Room } from './room.ts';
import { changeEntry, type HeldChange, holdersOf, type Maker, Sums } from './sums.ts';
import type { Transaction } from './transaction.ts';
import { type Quota, quotaObjection } from './used.ts';

/** For whom nothing else was said. */
export interface StorageQuotas {
  readonly user: Quota;
  readonly group: Quota;
}

export const defaultQuotas: StorageQuotas = {
  user: { bytes: limits.userBytes.value, items: limits.userItems.value },
  group: { bytes: limits.groupBytes.value, items: limits.groupItems.value },
};

export interface HoldingsOptions {
  readonly store: Store;
  readonly quotas: StorageQuotas;
  readonly room: Pick<Room, 'require' | 'take'>;
  /** After how many changes they are summed up in a record; default: the limit. */
  readonly sumEvery?: number;
}

/** Something new that counts. */
export interface Charge {
  /** Of the item, e.g. `keys.data(id)`. */
  readonly key: Key;
  readonly by: Subject;
  readonly bytes: number;
  readonly unfinishedSince?: number;
}

export interface StorageUse {
  readonly bytes: number;
  readonly items: number;
  readonly quota: Quota;
}

type Written = Maker & { readonly bytes: number };

type Writes = Pick<Transaction, 'read' | 'put' | 'delete' | 'append' | 'onEnd'>;

export class Holdings {
  readonly #options: HoldingsOptions;
  readonly #sums: Sums;
  /** Changes that the next start would have to read. */
  #changes: number;
  /** What the operator said of one account or group. */
  readonly #said = new Map<string, StorageQuotaRecord>();
  /** What attempts have written that no result names yet: bytes by file. */
  readonly #written = new Map<string, Written>();

  private constructor(options: HoldingsOptions, sums: Sums, changes: number) {
    this.#options = options;
    this.#sums = sums;
    this.#changes = changes;
  }

  static async open(options: HoldingsOptions): Promise<Holdings> {
    const { sums, from, to } = await Sums.read(options.store);
    const holdings = new Holdings(options, sums, to - from);
    for await (const { value } of options.store.entries(keys.storageQuotas()))
      holdings.#remember(decodeRecord<StorageQuotaRecord>(value));
    return holdings;
  }

  use(of: StorageHolder): StorageUse & { readonly unfinished: number } {
    const { bytes, items, unfinished } = this.#sums.of(of);
    return { bytes, items, quota: this.#quotaOf(of), unfinished: unfinished.size };
  }

  /** Uploads of an account that are not finished: since when (ms since the epoch), by the blob's id. */
  unfinishedOf(user: Subject): ReadonlyMap<string, number> {
    return this.#sums.of({ user }).unfinished;
  }

  /** The same, of all accounts. */
  unfinished(): Iterable<readonly [id: string, since: number]> {
    return this.#sums.unfinished();
  }

  /**
   * Counts an item that the transaction makes. One that counts already counts for whoever made it first, with the bytes that it has now.
   *
   * @throws PlatformError `storage-quota`, `too-many-uploads`, `disk-full` (rejects)
   */
  async charge(tx: Writes, { key, by, bytes, unfinishedSince }: Charge): Promise<void> {
    const isUpload = unfinishedSince !== undefined;
    // An upload takes room as it is written: what is announced and never sent keeps nobody else from it.
    if (isUpload) await this.#options.room.require(bytes);
    else {
      const taken = await this.#options.room.take(bytes);
      tx.onEnd(() => taken[Symbol.dispose]());
    }
    const before = await tx.read<HeldRecord>(keys.held(key));
    if (before) return this.grow(tx, key, bytes - before.bytes);
    const maker = await makerOf(tx, by);
    this.#require(maker, bytes, 1);
    const { unfinished } = this.#sums.of({ user: by });
    const id = key[1] ?? '';
    if (isUpload && unfinished.size >= limits.unfinishedUploads.value)
      throw refuse(
        'too-many-uploads',
        `${nameOf(by)} has ${unfinished.size} uploads that are not finished: finish or discard some.`,
      );
    this.#sums.add(maker, bytes, 1);
    if (isUpload) unfinished.set(id, unfinishedSince);
    tx.onEnd((committed) => {
      if (committed) return;
      this.#sums.add(maker, -bytes, -1);
      if (isUpload) unfinished.delete(id);
    });
    const held: HeldRecord = { ...maker, bytes, ...(isUpload && { unfinishedSince }) };
    tx.put(keys.held(key), held);
    this.#note(tx, { ...maker, bytes, items: 1, ...(isUpload && { upload: id, since: unfinishedSince }) });
  }

  /** The item has so many bytes more (or less). @throws PlatformError `storage-quota` (rejects) where that is too much */
  async grow(tx: Writes, key: Key, more: number): Promise<void> {
    const held = await tx.read<HeldRecord>(keys.held(key));
    if (!held || more === 0) return;
    if (more > 0) {
      this.#require(held, more, 0);
      this.#sums.add(held, more, 0);
    }
    tx.onEnd((committed) => {
      if (more > 0 && !committed) this.#sums.add(held, -more, 0);
      if (more < 0 && committed) this.#sums.add(held, more, 0);
    });
    this.#rewrite(tx, key, held, more);
  }

  /** An upload is finished; it counts as before. */
  async finishUpload(tx: Writes, key: Key): Promise<void> {
    const held = await tx.read<HeldRecord>(keys.held(key));
    if (held?.unfinishedSince === undefined) return;
    const { unfinishedSince: _, ...finished } = held;
    tx.put(keys.held(key), finished);
    this.#note(tx, { ...makerIn(held), bytes: 0, items: 0, upload: key[1] ?? '' });
    this.#forgetUpload(tx, held, key);
  }

  /** The item is gone once the transaction is committed. */
  async release(tx: Writes, key: Key): Promise<void> {
    const held = await tx.read<HeldRecord>(keys.held(key));
    if (!held) return;
    tx.delete(keys.held(key));
    const upload = held.unfinishedSince !== undefined && { upload: key[1] ?? '' };
    this.#note(tx, { ...makerIn(held), bytes: -held.bytes, items: -1, ...upload });
    this.#forgetUpload(tx, held, key);
    tx.onEnd((committed) => {
      if (committed) this.#sums.add(held, -held.bytes, -1);
    });
  }

  #forgetUpload(tx: Writes, { by }: HeldRecord, [, id = '']: Key): void {
    tx.onEnd((committed) => {
      if (committed) this.#sums.of({ user: by }).unfinished.delete(id);
    });
  }

  /** May the account have anything more kept? @throws PlatformError `storage-quota` */
  async requireSome(from: Pick<Transaction, 'read'>, by: Subject): Promise<void> {
    this.#require(await makerOf(from, by), 1, 0);
  }

  /**
   * Counts what is written into a file for an account before any record names it, in place of what was written there before.
   *
   * @throws PlatformError `storage-quota`
   */
  write(file: string, maker: Maker, bytes: number): void {
    const before = this.#written.get(file);
    this.unwrite(file);
    try {
      this.#require(maker, bytes, 0);
    } catch (error) {
      // It is still there.
      if (before) this.#countWritten(file, before);
      throw error;
    }
    this.#countWritten(file, { ...maker, bytes });
  }

  #countWritten(file: string, written: Written): void {
    this.#sums.add(written, written.bytes, 0);
    this.#written.set(file, written);
  }

  /** What was written into the file becomes the item's: it has so many bytes more (or less). That much was there before, so nothing is refused. */
  async keepWritten(tx: Writes, key: Key, file: string, more: number): Promise<void> {
    const held = await tx.read<HeldRecord>(keys.held(key));
    if (!held) return;
    const written = this.#written.get(file);
    this.unwrite(file);
    this.#sums.add(held, more, 0);
    tx.onEnd((committed) => {
      if (committed) return;
      this.#sums.add(held, -more, 0);
      if (written && !this.#written.has(file)) this.#countWritten(file, written);
    });
    this.#rewrite(tx, key, held, more);
  }

  #rewrite(tx: Writes, key: Key, held: HeldRecord, more: number): void {
    tx.put(keys.held(key), { ...held, bytes: held.bytes + more });
    this.#note(tx, { ...makerIn(held), bytes: more, items: 0 });
  }

  /** The file is gone, or a record counts it. */
  unwrite(file: string): void {
    const written = this.#written.get(file);
    if (!written) return;
    this.#written.delete(file);
    this.#sums.add(written, -written.bytes, 0);
  }

  /** Holds for what comes; what is there stays. */
  setQuota(tx: Writes, record: StorageQuotaRecord): void {
    const said = record.bytes !== undefined || record.items !== undefined;
    if (said) tx.put(keys.storageQuota(record.of), record);
    else tx.delete(keys.storageQuota(record.of));
    tx.onEnd((committed) => {
      if (committed) this.#remember(record);
    });
  }

  #remember(record: StorageQuotaRecord): void {
    this.#said.set(nameOfHolder(record.of), record);
  }

  #quotaOf(of: StorageHolder): Quota {
    const { user, group } = this.#options.quotas;
    const usual = 'user' in of ? user : group;
    const said = this.#said.get(nameOfHolder(of));
    return { bytes: said?.bytes ?? usual.bytes, items: said?.items ?? usual.items };
  }

  /** In the transaction that makes the change. */
  #note(tx: Writes, change: HeldChange): void {
    tx.append(...changeEntry(change));
    tx.onEnd((committed) => {
      if (!committed || ++this.#changes < (this.#options.sumEvery ?? limits.heldChanges.value)) return;
      this.#changes = 0;
      // One that fails leaves the next start more to read, and is tried again after as many changes.
      Sums.keep(this.#options.store).catch(() => undefined);
    });
  }

  #require(maker: Maker, bytes: number, items: number): void {
    for (const of of holdersOf(maker)) {
      const objection = quotaObjection(of, this.#sums.of(of), this.#quotaOf(of), { bytes, items });
      if (objection !== undefined) throw refuse('storage-quota', objection);
    }
  }
}

const nameOfHolder = (of: StorageHolder): string => ('user' in of ? `user ${of.user}` : `group ${of.group}`);

const makerIn = ({ by, group }: HeldRecord): Maker => ({ by, ...(group !== undefined && { group }) });

async function makerOf(from: Pick<Transaction, 'read'>, by: Subject): Promise<Maker> {
  const account = await from.read<UserRecord>(keys.user(nameOf(by)));
  const group = account?.subject === by ? groupOf(account.role) : undefined;
  return { by, ...(group !== undefined && { group }) };
}
