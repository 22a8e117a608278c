/** A page of what is under a prefix, as requests ask for one. */
import { type Key, type Store, StoreError } from '@gaiwan/store';
import { refuse } from '../errors.ts';
import { limits } from '../limits.ts';

export interface PageRequest {
  /** '' for the first page. */
  readonly pageToken: string;
  /** 0 for as many as a page has at most. */
  readonly pageSize: number;
}

/** @throws PlatformError `bad-page-token` (rejects) */
export async function scanPage(
  store: Pick<Store, 'scan'>,
  prefix: Key,
  { pageToken, pageSize }: PageRequest,
): ReturnType<Store['scan']> {
  const limit = pageSize > 0 ? Math.min(pageSize, limits.page.value) : limits.page.value;
  if (pageToken === '') return store.scan(prefix, { limit });
  try {
    return await store.scan(prefix, { limit, cursor: pageToken });
  } catch (cause) {
    // Key and limit are ours, so that the token alone can be without a form.
    if (!(cause instanceof StoreError && cause.code === 'invalid')) throw cause;
    throw refuse('bad-page-token', 'The page token is none that an earlier page of this list gave.', {
      cause,
    });
  }
}
