/** Audit logs for tests of what writes into them. */
import type { Store } from '@gaiwan/store';
import type { AuditEntry, AuditLine, AuditLog } from '../ports.ts';
import { AUDIT_LOG, decodeEntries } from '../state/audit/entries.ts';

/** Keeps what it is given. */
export class NotedAudit implements AuditLog {
  readonly lines: AuditLine[] = [];
  readonly #noted: () => void;

  constructor(noted: () => void = () => undefined) {
    this.#noted = noted;
  }

  get entries(): AuditEntry[] {
    return this.lines.map(({ entry }) => entry);
  }

  record(line: AuditLine): void {
    this.lines.push(line);
    this.#noted();
  }

  async write(line: AuditLine): Promise<void> {
    this.record(line);
  }

  async search() {
    return { entries: [], searched: 0 };
  }
}

/** All entries in a store, oldest first. */
export async function auditedIn(store: Store): Promise<AuditEntry[]> {
  return (await store.log(AUDIT_LOG, { limit: 10_000 })).flatMap(({ value }) => decodeEntries(value));
}
