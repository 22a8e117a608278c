/** What accounts and groups have the platform keep, and how much they may. */
import type { Rpc } from './rpc.ts';

/** A user, a group, or neither for the caller. */
export type StorageHolder = { readonly user?: string } | { readonly group: string };

export interface StorageUse {
  /** Files (an unfinished upload with its announced size), functions with all their versions, tasks. */
  readonly bytes: number;
  readonly items: number;
  readonly quota: { readonly bytes: number; readonly items: number };
  /** Uploads that are not finished. */
  readonly unfinishedUploads: number;
}

export class Storage {
  readonly #rpc: Rpc;
  constructor(rpc: Rpc) {
    this.#rpc = rpc;
  }

  /** Of the caller, of a user or of a group, as far as the caller may see it. */
  async use(of: StorageHolder = {}): Promise<StorageUse> {
    const { bytes, items, quotaBytes, quotaItems, unfinishedUploads } = await this.#rpc.storage.getStorageUse(
      named(of),
    );
    return {
      bytes: Number(bytes),
      items: Number(items),
      quota: { bytes: Number(quotaBytes), items: Number(quotaItems) },
      unfinishedUploads,
    };
  }

  /** For administrators. What is absent is as for everybody; what is kept already stays. */
  async setQuota(
    of: StorageHolder,
    { bytes, items }: { readonly bytes?: number | undefined; readonly items?: number | undefined },
  ): Promise<void> {
    await this.#rpc.storage.setStorageQuota({
      ...named(of),
      ...(bytes !== undefined && { bytes: BigInt(bytes) }),
      ...(items !== undefined && { items: BigInt(items) }),
    });
  }
}

const named = (of: StorageHolder) => ('group' in of ? { group: of.group } : { userId: of.user ?? '' });
