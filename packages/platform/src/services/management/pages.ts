/** Pages of what a user has. */
import type { Key, Store } from '@gaiwan/store';
import { decodeRecord, limits } from '../../domain/index.ts';
import { type PageRequest, scanPage } from '../../state/scan-page.ts';

export type { PageRequest } from '../../state/scan-page.ts';

export interface Page<T> {
  readonly rows: T[];
  /** '' for the last page. */
  readonly next: string;
}

/**
 * The rows that the marks under a prefix name, one page of them. A row is small (`TaskRow`, `DataRecord`): what is large has a record of its own.
 *
 * @throws PlatformError `bad-page-token` (rejects)
 */
export async function readPage<T>(
  store: Store,
  marks: Key,
  keyOf: (id: string) => Key,
  request: PageRequest,
): Promise<Page<T & { readonly id: string }>> {
  const page = await scanPage(store, marks, request);
  const ids = page.entries.flatMap(({ key }) => key.slice(-1));
  const rows: (T & { readonly id: string })[] = [];
  const step = limits.pageStep.value;
  let bytes = 0;
  for (let at = 0; at < ids.length; at += step) {
    // Another page takes it from here.
    if (bytes >= limits.pageBytes.value) return { rows, next: await cursorAfter(store, marks, request, at) };
    const some = ids.slice(at, at + step);
    const entries = await store.getMany(some.map(keyOf));
    entries.forEach((entry, index) => {
      if (!entry) return;
      bytes += entry.value.length;
      rows.push({ ...decodeRecord<T>(entry.value), id: some[index] ?? '' });
    });
  }
  return { rows, next: page.next ?? '' };
}

/** The ids that the marks under a prefix name, one page of them. Rejects as `readPage`. */
export async function readIds(store: Store, marks: Key, request: PageRequest): Promise<Page<string>> {
  const page = await scanPage(store, marks, request);
  return { rows: page.entries.flatMap(({ key }) => key.slice(-1)), next: page.next ?? '' };
}

async function cursorAfter(
  store: Store,
  marks: Key,
  { pageToken }: PageRequest,
  count: number,
): Promise<string> {
  return (await scanPage(store, marks, { pageToken, pageSize: count })).next ?? '';
}
