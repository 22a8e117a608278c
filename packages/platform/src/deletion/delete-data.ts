/** Deleting inputs and outputs. */
import type { Store } from '@gaiwan/store';
import { type DataRecord, fileCommitment, keys, shownName } from '../domain/index.ts';
import type { Blobs } from '../ports.ts';
import { type Deletion, noteDeleted } from '../state/deleted.ts';
import type { Holdings } from '../state/holdings.ts';
import type { Transaction } from '../state/transaction.ts';

export interface Keepers {
  readonly store: Store;
  readonly blobs: Pick<Blobs, 'release'>;
  readonly holdings: Holdings;
}

interface LastNeed {
  /** ms since the epoch of clocks. */
  readonly at: number;
}

type Reads = Pick<Transaction, 'read'>;

/** Some of the open tasks that name it; the commit is held to what is found. */
export async function openTasksOf(store: Store, tx: Reads, dataId: string): Promise<string[]> {
  // Read before the marks: whoever marks after it makes the commit a conflict.
  await tx.read(keys.lastNeed(dataId));
  const { entries } = await store.scan(keys.openTasks(dataId), { limit: 5 });
  return entries.flatMap(({ key }) => key.slice(-1));
}

/** ms since the epoch of clocks; 0 where no task has named it. */
export const lastNeedOf = async (tx: Reads, dataId: string): Promise<number> =>
  (await tx.read<LastNeed>(keys.lastNeed(dataId)))?.at ?? 0;

/** Of data that no open task names. Its key and IV stay taken. Returns the SHA-256 (hex) of what it was. */
export async function deleteData(
  { blobs, holdings }: Omit<Keepers, 'store'>,
  tx: Pick<Transaction, 'append' | 'delete' | 'mark' | 'now' | 'onEnd' | 'put' | 'putBytes' | 'read'>,
  data: DataRecord,
  why: Deletion,
): Promise<string> {
  const { id, owners, tag } = data;
  const digest = fileCommitment(data);
  tx.delete(keys.data(id));
  tx.delete(keys.lastNeed(id));
  tx.delete(keys.deletion(id));
  const name = shownName(data);
  for (const owner of owners) {
    tx.delete(keys.userData(owner, id));
    if (name !== '') tx.delete(keys.dataName(owner, name, id));
  }
  await holdings.release(tx, keys.data(id));
  await blobs.release(tx, data);
  const mark = tag && { tag: Buffer.from(tag).toString('hex') };
  noteDeleted(tx, { id, digest, ...mark, seenBy: owners, ...why });
  return digest;
}
