/** A sum of what is kept, and what it may be at most. */
import { nameOf } from '@gaiwan/protocol';
import type { StorageHolder } from '../domain/records.ts';

export interface Quota {
  readonly bytes: number;
  readonly items: number;
}

export class Used {
  bytes = 0;
  items = 0;
  /** Uploads that are not finished: since when (ms since the epoch), by the blob's id. */
  readonly unfinished = new Map<string, number>();

  add(bytes: number, items: number): void {
    this.bytes += bytes;
    this.items += items;
  }
}

const GIB = 2 ** 30;

const sizeText = (bytes: number): string =>
  bytes < GIB ? `${bytes} bytes` : `${(bytes / GIB).toFixed(1)} GiB`;

/** Why so much more is too much; undefined where it is not. */
export function quotaObjection(
  of: StorageHolder,
  used: Pick<Used, 'bytes' | 'items'>,
  quota: Quota,
  more: Quota,
): string | undefined {
  const who = 'user' in of ? nameOf(of.user) : `The group ${of.group}`;
  const advice =
    'Delete data, ended tasks and functions that nobody needs, discard uploads that are not finished, or ask an administrator for a larger quota.';
  if (used.items + more.items > quota.items)
    return `${who} has ${used.items} items of ${quota.items} that it may have. ${advice}`;
  if (more.bytes > 0 && used.bytes + more.bytes > quota.bytes)
    return `${who} has ${sizeText(used.bytes)} of ${sizeText(quota.bytes)} that it may have, and this needs ${sizeText(more.bytes)} more. ${advice}`;
  return undefined;
}
