/** Queries of the audit log, as tantivy's query parser reads them (contract 3.11). */
import type { AuditEntry } from '../../../ports.ts';
import { compile, SplitEntry } from './compile.ts';
import { parseQuery } from './parse.ts';

/**
 * The question that a query asks of each entry; undefined for an empty query, which finds nothing.
 *
 * @throws PlatformError (bad-audit-query) where it cannot be understood
 */
export function readQuery(text: string): ((entry: AuditEntry) => boolean) | undefined {
  const node = parseQuery(text);
  const question = node && compile(node);
  return question && ((entry) => question(new SplitEntry(entry)));
}
