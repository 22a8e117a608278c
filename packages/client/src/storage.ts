/** What accounts and groups have the platform keep, and how much they may. */
import { dictionary } from '@gaiwan/errors';
import type { gaiwan } from '@gaiwan/protocol';
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
  readonly retention: RetentionPeriods;
}

/** How long the operator has things kept, in ms; what is absent is kept until its owners delete it. */
export interface RetentionPeriods {
  /** Tasks, from their end on. */
  readonly tasks?: number;
  /** What tasks returned and logged, from their end on. */
  readonly results?: number;
  /** Inputs and outputs whose files the platform keeps, from when they were registered, or last named by a task that was open. */
  readonly files?: number;
  readonly audit?: number;
  /** Which tasks have used a function. Its count stays. */
  readonly usage?: number;
}

export class Storage {
  readonly #rpc: Rpc;
  constructor(rpc: Rpc) {
    this.#rpc = rpc;
  }

  /** Of the caller, of a user or of a group, as far as the caller may see it. */
  async use(of: StorageHolder = {}): Promise<StorageUse> {
    const answer = await this.#rpc.storage.getStorageUse(named(of));
    const { bytes, items, quotaBytes, quotaItems, unfinishedUploads, retention } = answer;
    return {
      bytes: Number(bytes),
      items: Number(items),
      quota: { bytes: Number(quotaBytes), items: Number(quotaItems) },
      unfinishedUploads,
      retention: periodsOf(retention),
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

function periodsOf(wire: gaiwan.RetentionPeriods | undefined): RetentionPeriods {
  const { tasksMs: tasks, resultsMs: results, filesMs: files, auditMs: audit, usageMs: usage } = wire ?? {};
  const named = Object.entries({ tasks, results, files, audit, usage });
  return dictionary(named.flatMap(([name, ms]) => (ms === undefined ? [] : [[name, Number(ms)] as const])));
}
