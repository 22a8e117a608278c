/** Pages of filtered lists. A page costs what it looks at, which is bounded, whatever else is stored. */
import type { Key, Store } from '@gaiwan/store';
import { decodeRecord } from '../domain/codec.ts';
import { refuse } from '../errors.ts';
import { limits } from '../limits.ts';
import { type PageRequest, scanPage } from './scan-page.ts';

/** Marks under one prefix; the last segment of each is the id of a row. */
export interface Part<Row> {
  readonly marks: Key;
  /** Of what the mark alone says. */
  readonly wantsMark?: (mark: Key) => boolean;
  /** Of the row. */
  readonly wants?: (row: Row & { readonly id: string }, mark: Key) => boolean;
  /** Of ids of rows that are wanted: those that another part has. They are left out. */
  readonly elsewhere?: (ids: readonly string[]) => Promise<ReadonlySet<string>>;
}

export interface FilteredPage<Row> {
  readonly rows: (Row & { readonly id: string })[];
  /** '' for the last page. */
  readonly next: string;
}

type Reads = Pick<Store, 'scan' | 'getMany'>;

/**
 * The parts, one after the other. A token says in which of them the next page begins, and after which mark: what is put or deleted meanwhile
 * changes nothing of what comes before or after it, and what was there from the first page to the last is found once.
 *
 * @throws PlatformError `bad-page-token` (rejects)
 */
export async function filteredPage<Row>(
  store: Reads,
  parts: readonly Part<Row>[],
  keyOf: (id: string) => Key,
  { pageToken, pageSize }: PageRequest,
): Promise<FilteredPage<Row>> {
  const most = pageSize > 0 ? Math.min(pageSize, limits.page.value) : limits.page.value;
  let { part, cursor } = readToken(pageToken, parts.length);
  const rows: (Row & { readonly id: string })[] = [];
  let [looks, bytes] = [0, 0];
  for (;;) {
    const here = parts[part];
    if (here === undefined) return { rows, next: '' };
    const step = Math.min(limits.pageStep.value, most - rows.length);
    const page = await scanPage(store, here.marks, { pageToken: cursor, pageSize: step });
    const found = await readRows<Row>(
      store,
      here,
      keyOf,
      page.entries.map(({ key }) => key),
    );
    rows.push(...found.rows);
    bytes += found.bytes;
    looks += page.entries.length;
    cursor = page.next ?? '';
    if (cursor === '') part++;
    if (part === parts.length) return { rows, next: '' };
    if (rows.length >= most || bytes >= limits.pageBytes.value || looks >= limits.pageLooks.value)
      return { rows, next: `${part}:${cursor}` };
  }
}

async function readRows<Row>(
  store: Reads,
  { wantsMark, wants, elsewhere }: Part<Row>,
  keyOf: (id: string) => Key,
  all: readonly Key[],
): Promise<{ rows: (Row & { readonly id: string })[]; bytes: number }> {
  const marks = wantsMark ? all.filter(wantsMark) : all;
  const entries =
    marks.length === 0 ? [] : await store.getMany(marks.map((mark) => keyOf(mark.at(-1) ?? '')));
  let bytes = 0;
  const rows = entries.flatMap((entry, index) => {
    const mark = marks[index];
    if (!entry || !mark) return [];
    bytes += entry.value.length;
    const row = { ...decodeRecord<Row>(entry.value), id: mark.at(-1) ?? '' };
    return !wants || wants(row, mark) ? [row] : [];
  });
  if (!elsewhere || rows.length === 0) return { rows, bytes };
  const others = await elsewhere(rows.map(({ id }) => id));
  return { rows: rows.filter(({ id }) => !others.has(id)), bytes };
}

function readToken(token: string, parts: number): { part: number; cursor: string } {
  if (token === '') return { part: 0, cursor: '' };
  const [, number, cursor = ''] = /^(\d{1,2}):([\w-]*)$/.exec(token) ?? [];
  if (number !== undefined && Number(number) < parts) return { part: Number(number), cursor };
  throw refuse('bad-page-token', 'The page token is none that an earlier page of this list gave.');
}

/** A text that a list is searched for. Throws `bad-filter`. */
export function checkFilter(what: string, text: string): string {
  if (text.length <= limits.searchText.value) return text;
  throw refuse(
    'bad-filter',
    `${what} has ${text.length} characters; at most ${limits.searchText.value} are looked for.`,
  );
}
