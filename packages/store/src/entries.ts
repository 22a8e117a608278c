/** All pages of a scan, one entry after the other. */
import type { Entry, Key, Store } from './store.ts';

/** `Store.entries` by means of `scan`: one page is in memory at a time, the next is read when the iteration gets there. */
export async function* scanEntries(store: Pick<Store, 'scan'>, prefix: Key): AsyncGenerator<Entry> {
  let cursor: string | undefined;
  do {
    const page = await store.scan(prefix, cursor === undefined ? {} : { cursor });
    yield* page.entries;
    cursor = page.next;
  } while (cursor !== undefined);
}
