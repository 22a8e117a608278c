/** Pages of what a user has. */
import type { Key, Store } from '@gaiwan/store';
import { limits } from '../../domain/index.ts';
import { readRecord } from '../../state/transaction.ts';

export interface PageRequest {
  /** '' for the first page. */
  readonly pageToken: string;
  /** 0 for as many as a page has at most. */
  readonly pageSize: number;
}

/** The records that the marks under a prefix name, one page of them. */
export async function readPage<T>(
  store: Store,
  marks: Key,
  keyOf: (id: string) => Key,
  { pageToken, pageSize }: PageRequest,
): Promise<{ readonly records: T[]; readonly next: string }> {
  const page = await store.scan(marks, {
    limit: pageSize > 0 ? Math.min(pageSize, limits.page.value) : limits.page.value,
    ...(pageToken !== '' && { cursor: pageToken }),
  });
  const ids = page.entries.flatMap(({ key }) => key.slice(-1));
  const records = await Promise.all(ids.map((id) => readRecord<T>(store, keyOf(id))));
  return { records: records.filter((record) => record !== undefined), next: page.next ?? '' };
}
