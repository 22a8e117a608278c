/** Queries of the audit log, as tantivy's query parser reads them (contract 3.11). */
import type { AuditEntry, AuditPlace } from '../../../ports.ts';
import { compile, SplitEntry } from './compile.ts';
import { parseQuery } from './parse.ts';

/** In front of a query, and not of tantivy's language: where an earlier answer ended. */
const BEFORE = /^\s*before:(\d{1,12})\.(\d{1,6})(?=\s|$)/;

export const beforeText = ({ row, count }: AuditPlace): string => `before:${row}.${count}`;

export interface Query {
  /** The question that it asks of each entry. */
  readonly matches: (entry: AuditEntry) => boolean;
  /** Where to begin; absent: with the newest. */
  readonly before?: AuditPlace;
}

/**
 * Undefined for an empty query, which finds nothing.
 *
 * @throws PlatformError (bad-audit-query) where it cannot be understood
 */
export function readQuery(text: string): Query | undefined {
  const [prefix = '', row, count] = BEFORE.exec(text) ?? [];
  const node = parseQuery(text.slice(prefix.length));
  if (!node) return undefined;
  const question = compile(node);
  const before = prefix !== '' && { before: { row: Number(row), count: Number(count) } };
  return { matches: (entry) => question(new SplitEntry(entry)), ...before };
}
