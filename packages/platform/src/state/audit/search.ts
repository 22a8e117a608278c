/** Reads the audit log backwards. */
import type { Store } from '@gaiwan/store';
import type { AuditEntry, AuditPlace } from '../../ports.ts';
import { forgottenOf } from '../forgotten.ts';
import { AUDIT_LOG, decodeEntries } from './entries.ts';

/** Rows that are read at once. */
const ROWS = 500;

export interface Search {
  readonly matches: (entry: AuditEntry) => boolean;
  /** Entries that are wanted at most. */
  readonly limit: number;
  /** Entries that are looked at, at most; what is read together is looked at together. */
  readonly most: number;
  /** Where to begin; default with the newest. */
  readonly before?: AuditPlace;
}

export interface Searched {
  /** Newest first. */
  readonly entries: AuditEntry[];
  /** Entries that were looked at. */
  readonly searched: number;
  /** The oldest of them. */
  readonly oldest?: AuditEntry;
  /** Absent: it was searched to its beginning. */
  readonly next?: AuditPlace;
}

export async function searchLog(store: Store, search: Search): Promise<Searched> {
  const entries: AuditEntry[] = [];
  let searched = 0;
  let oldest: AuditEntry | undefined;
  for await (const { place, entry } of backwards(store, search.before)) {
    // `place` is what is still to be looked at.
    if (entries.length >= search.limit || searched >= search.most)
      return { entries, searched, ...(oldest && { oldest }), next: place };
    searched++;
    oldest = entry;
    if (search.matches(entry)) entries.push(entry);
  }
  return { entries, searched, ...(oldest && { oldest }) };
}

interface Placed {
  /** Just behind the entry. */
  readonly place: AuditPlace;
  readonly entry: AuditEntry;
}

async function* backwards(store: Store, before?: AuditPlace): AsyncGenerator<Placed> {
  const length = await store.logLength(AUDIT_LOG);
  const { position: first } = await forgottenOf(store, AUDIT_LOG);
  let end = before ? Math.min(before.row + 1, length) : length;
  for (let rows = ROWS; end > first; ) {
    const from = Math.max(first, end - rows);
    const found = await store.log(AUDIT_LOG, { from, limit: end - from });
    const read = found.filter(({ index }) => index < end);
    // The oldest were forgotten.
    if (read.length === 0) return;
    if (read.at(-1)?.index !== end - 1) {
      // Large ones: the store has left out the newest of them.
      rows = Math.max(1, Math.floor((end - from) / 2));
      continue;
    }
    for (const { index, value } of read.reverse()) {
      const all = decodeEntries(value);
      const count = before?.row === index ? Math.min(before.count, all.length) : all.length;
      for (let at = count; at > 0; at--) {
        const entry = all[at - 1];
        if (entry) yield { place: { row: index, count: at }, entry };
      }
    }
    end = from;
  }
}
