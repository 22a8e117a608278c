/** Pages of what a user has. */
import { type Key, type Store, StoreError } from '@gaiwan/store';
import { limits } from '../../domain/index.ts';
import { refuse } from '../../errors.ts';
import { readRecord } from '../../state/transaction.ts';

export interface PageRequest {
  /** '' for the first page. */
  readonly pageToken: string;
  /** 0 for as many as a page has at most. */
  readonly pageSize: number;
}

/** The records that the marks under a prefix name, one page of them. Rejects with `PlatformError` (bad-page-token). */
export async function readPage<T>(
  store: Store,
  marks: Key,
  keyOf: (id: string) => Key,
  { pageToken, pageSize }: PageRequest,
): Promise<{ readonly records: T[]; readonly next: string }> {
  const page = await scanPage(store, marks, { pageToken, pageSize });
  const ids = page.entries.flatMap(({ key }) => key.slice(-1));
  const records = await Promise.all(ids.map((id) => readRecord<T>(store, keyOf(id))));
  return { records: records.filter((record) => record !== undefined), next: page.next ?? '' };
}

async function scanPage(
  store: Store,
  marks: Key,
  { pageToken, pageSize }: PageRequest,
): ReturnType<Store['scan']> {
  const limit = pageSize > 0 ? Math.min(pageSize, limits.page.value) : limits.page.value;
  if (pageToken === '') return store.scan(marks, { limit });
  try {
    return await store.scan(marks, { limit, cursor: pageToken });
  } catch (cause) {
    // Key and limit are ours, so that the token alone can be without a form.
    if (!(cause instanceof StoreError && cause.code === 'invalid')) throw cause;
    throw refuse('bad-page-token', 'The page token is none that an earlier page of this list gave.', {
      cause,
    });
  }
}
