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
import type { Transaction } from './transaction.ts';
import { type Quota, quotaObjection, Used } from './used.ts';

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
  readonly room: Pick<Room, 'take'>;
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

type Writes = Pick<Transaction, 'read' | 'put' | 'delete' | 'onEnd'>;
type Maker = Pick<HeldRecord, 'by' | 'group'>;

export class Holdings {
  readonly #options: Omit<HoldingsOptions, 'store'>;
  readonly #used = new Map<string, Used>();
  /** What the operator said of one account or group. */
  readonly #said = new Map<string, StorageQuotaRecord>();
  /** What attempts have written that no result names yet: bytes by file. */
  readonly #written = new Map<string, Maker & { readonly bytes: number }>();

  private constructor(options: HoldingsOptions) {
    this.#options = options;
  }

  static async open(options: HoldingsOptions): Promise<Holdings> {
    const holdings = new Holdings(options);
    for await (const { value } of options.store.entries(keys.storageQuotas()))
      holdings.#remember(decodeRecord<StorageQuotaRecord>(value));
    for await (const { key, value } of options.store.entries(keys.allHeld())) {
      const held = decodeRecord<HeldRecord>(value);
      holdings.#add(held, held.bytes, 1);
      if (held.unfinishedSince !== undefined)
        holdings.#of({ user: held.by }).unfinished.set(key[2] ?? '', held.unfinishedSince);
    }
    return holdings;
  }

  use(of: StorageHolder): StorageUse & { readonly unfinished: number } {
    const { bytes, items, unfinished } = this.#of(of);
    return { bytes, items, quota: this.#quotaOf(of), unfinished: unfinished.size };
  }

  /** Uploads of an account that are not finished: since when (ms since the epoch), by the blob's id. */
  unfinishedOf(user: Subject): ReadonlyMap<string, number> {
    return this.#of({ user }).unfinished;
  }

  /**
   * Counts an item that the transaction makes. One that counts already counts for whoever made it first, with the bytes that it has now.
   *
   * @throws PlatformError `storage-quota`, `too-many-uploads`, `disk-full` (rejects)
   */
  async charge(tx: Writes, { key, by, bytes, unfinishedSince }: Charge): Promise<void> {
    const taken = await this.#options.room.take(bytes);
    tx.onEnd(() => taken[Symbol.dispose]());
    const before = await tx.read<HeldRecord>(keys.held(key));
    if (before) return this.grow(tx, key, bytes - before.bytes);
    const maker = await makerOf(tx, by);
    this.#require(maker, bytes, 1);
    const { unfinished } = this.#of({ user: by });
    const isUpload = unfinishedSince !== undefined;
    const id = key[1] ?? '';
    if (isUpload && unfinished.size >= limits.unfinishedUploads.value)
      throw refuse(
        'too-many-uploads',
        `${nameOf(by)} has ${unfinished.size} uploads that are not finished: finish or discard some.`,
      );
    this.#add(maker, bytes, 1);
    if (isUpload) unfinished.set(id, unfinishedSince);
    tx.onEnd((committed) => {
      if (committed) return;
      this.#add(maker, -bytes, -1);
      if (isUpload) unfinished.delete(id);
    });
    const held: HeldRecord = { ...maker, bytes, ...(isUpload && { unfinishedSince }) };
    tx.put(keys.held(key), held);
  }

  /** The item has so many bytes more (or less). @throws PlatformError `storage-quota` (rejects) where that is too much */
  async grow(tx: Writes, key: Key, more: number): Promise<void> {
    const held = await tx.read<HeldRecord>(keys.held(key));
    if (!held || more === 0) return;
    if (more > 0) {
      this.#require(held, more, 0);
      this.#add(held, more, 0);
    }
    tx.onEnd((committed) => {
      if (more > 0 && !committed) this.#add(held, -more, 0);
      if (more < 0 && committed) this.#add(held, more, 0);
    });
    tx.put(keys.held(key), { ...held, bytes: held.bytes + more });
  }

  /** An upload is finished; it counts as before. */
  async finishUpload(tx: Writes, key: Key): Promise<void> {
    const held = await tx.read<HeldRecord>(keys.held(key));
    if (held?.unfinishedSince === undefined) return;
    const { unfinishedSince: _, ...finished } = held;
    tx.put(keys.held(key), finished);
    this.#forgetUpload(tx, held, key);
  }

  /** The item is gone once the transaction is committed. */
  async release(tx: Writes, key: Key): Promise<void> {
    const held = await tx.read<HeldRecord>(keys.held(key));
    if (!held) return;
    tx.delete(keys.held(key));
    this.#forgetUpload(tx, held, key);
    tx.onEnd((committed) => {
      if (committed) this.#add(held, -held.bytes, -1);
    });
  }

  #forgetUpload(tx: Writes, { by }: HeldRecord, [, id = '']: Key): void {
    tx.onEnd((committed) => {
      if (committed) this.#of({ user: by }).unfinished.delete(id);
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
    this.unwrite(file);
    this.#require(maker, bytes, 0);
    this.#add(maker, bytes, 0);
    this.#written.set(file, { ...maker, bytes });
  }

  /** What was written into the file becomes the item's: it has so many bytes more (or less). That much was there before, so nothing is refused. */
  async keepWritten(tx: Writes, key: Key, file: string, more: number): Promise<void> {
    const held = await tx.read<HeldRecord>(keys.held(key));
    if (!held) return;
    const written = this.#written.get(file);
    this.unwrite(file);
    this.#add(held, more, 0);
    tx.onEnd((committed) => {
      if (committed) return;
      this.#add(held, -more, 0);
      if (!written || this.#written.has(file)) return;
      this.#add(written, written.bytes, 0);
      this.#written.set(file, written);
    });
    tx.put(keys.held(key), { ...held, bytes: held.bytes + more });
  }

  /** The file is gone, or a record counts it. */
  unwrite(file: string): void {
    const written = this.#written.get(file);
    if (!written) return;
    this.#written.delete(file);
    this.#add(written, -written.bytes, 0);
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

  #of(of: StorageHolder): Used {
    const name = nameOfHolder(of);
    const used = this.#used.get(name) ?? new Used();
    this.#used.set(name, used);
    return used;
  }

  #add(maker: Maker, bytes: number, items: number): void {
    for (const holder of holdersOf(maker)) this.#of(holder).add(bytes, items);
  }

  #require(maker: Maker, bytes: number, items: number): void {
    for (const of of holdersOf(maker)) {
      const objection = quotaObjection(of, this.#of(of), this.#quotaOf(of), { bytes, items });
      if (objection !== undefined) throw refuse('storage-quota', objection);
    }
  }
}

const nameOfHolder = (of: StorageHolder): string => ('user' in of ? `user ${of.user}` : `group ${of.group}`);

const holdersOf = ({ by, group }: Maker): StorageHolder[] => [
  { user: by },
  ...(group === undefined ? [] : [{ group }]),
];

async function makerOf(from: Pick<Transaction, 'read'>, by: Subject): Promise<Maker> {
  const account = await from.read<UserRecord>(keys.user(nameOf(by)));
  const group = account?.subject === by ? groupOf(account.role) : undefined;
  return { by, ...(group !== undefined && { group }) };
}
