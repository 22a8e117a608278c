/** The audit log (contract 3.11) of what has no commit of its own: appended in groups, and searched. */
import { type Store, StoreError } from '@gaiwan/store';
import { limits } from '../limits.ts';
import type { AuditEntry, AuditLine, AuditLog, AuditPage, AuditPageRequest } from '../ports.ts';
import { auditAppend, operatorEntry } from './audit/entries.ts';
import { readQuery } from './audit/query/index.ts';
import { Repeats } from './audit/repeats.ts';
import { searchLog } from './audit/search.ts';

const FLUSH_MS = limits.auditDelay.value;
const RETRY_MS = limits.auditRetry.value;
const PERIOD_MS = limits.auditPeriod.value;
const BATCH = limits.auditBatch.value;
const KEPT = limits.auditKept.value;

/** What stands in the log for entries that there was no room for. `microsecond`: of the last one. */
const lostEntry = (count: number, microsecond: number): AuditEntry => ({
  ...operatorEntry(`audit_entries_lost: ${count}`, 0, false),
  user: '',
  microsecond,
});

export class StoredAuditLog implements AuditLog {
  readonly #store: Store;
  readonly #repeats = {
    stranger: new Repeats({
      first: limits.auditStranger.value,
      all: limits.auditStrangers.value,
      kinds: limits.auditStrangerKinds.value,
    }),
    caller: new Repeats({
      first: limits.auditCaller.value,
      all: Number.POSITIVE_INFINITY,
      kinds: limits.auditCallerKinds.value,
    }),
  };
  /** Oldest first; the newest are lost where there are too many. */
  #buffer: AuditEntry[] = [];
  #lost = { count: 0, microsecond: 0 };
  #timer: NodeJS.Timeout | undefined;
  /** Until what was counted is written. */
  #period: NodeJS.Timeout | undefined;
  /** Did the last write fail? */
  #failing = false;
  #writing: Promise<void> = Promise.resolve();
  /** The write that waits for the one under way. */
  #next: Promise<void> | undefined;
  #searching: Promise<unknown> = Promise.resolve();

  constructor(store: Store) {
    this.#store = store;
  }

  record(line: AuditLine): void {
    if (!this.#admit(line)) return;
    if (this.#buffer.length >= BATCH && !this.#failing) void this.flush();
    else this.#later(FLUSH_MS);
  }

  async write(line: AuditLine): Promise<void> {
    if (!this.#admit(line)) return;
    // Each would wait for a store that takes no writes.
    if (this.#failing) this.#later(FLUSH_MS);
    else await this.flush();
  }

  /** Resolves when it has been tried: what the store does not take is kept, and tried again. */
  flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#next ??= this.#writing.then(() => {
      this.#next = undefined;
      return this.#write();
    });
    this.#writing = this.#next;
    return this.#writing;
  }

  /** With what was counted so far. */
  async close(): Promise<void> {
    this.#endPeriod();
    await this.flush();
  }

  /** One search after the other: each may read much. */
  async search(text: string, { limit, most }: AuditPageRequest): Promise<AuditPage> {
    // Refused at once where it cannot be understood.
    const query = readQuery(text);
    if (!query || limit <= 0) return { entries: [], searched: 0 };
    await this.flush();
    const found = this.#searching.then(() => searchLog(this.#store, { ...query, limit, most }));
    this.#searching = found.catch(() => undefined);
    return found;
  }

  #admit({ entry, from, kind }: AuditLine): boolean {
    this.#period ??= setTimeout(() => this.#endPeriod(), PERIOD_MS).unref();
    const admitted = this.#repeats[from].admits(kind, entry);
    if (admitted) this.#keep([entry]);
    return admitted;
  }

  #endPeriod(): void {
    clearTimeout(this.#period);
    this.#period = undefined;
    const counted = Object.values(this.#repeats).flatMap((repeats) => repeats.end());
    if (counted.length === 0) return;
    this.#keep(counted);
    this.#later(FLUSH_MS);
  }

  #later(after: number): void {
    this.#timer ??= setTimeout(() => void this.flush(), after);
  }

  /** As many as there is room for. */
  #keep(entries: readonly AuditEntry[]): void {
    this.#buffer.push(...entries);
    const over = this.#buffer.splice(KEPT);
    const { count, microsecond } = this.#lost;
    this.#lost = { count: count + over.length, microsecond: over.at(-1)?.microsecond ?? microsecond };
  }

  /** What there is by now, so that it ends however much comes meanwhile. */
  async #write(): Promise<void> {
    for (let left = this.#buffer.length; left > 0 || this.#lost.count > 0; left -= BATCH) {
      const entries = this.#buffer.splice(0, BATCH);
      // After what there was room for.
      const lost = this.#buffer.length === 0 ? this.#lost : { count: 0, microsecond: 0 };
      const note = lost.count > 0 ? [lostEntry(lost.count, lost.microsecond)] : [];
      const [log, value] = auditAppend([...entries, ...note]);
      try {
        await this.#store.commit({ append: [{ log, value }] });
      } catch (error) {
        if (!(error instanceof StoreError && error.written)) return this.#putBack(entries, error);
      }
      this.#failing = false;
      this.#lost = { ...this.#lost, count: this.#lost.count - lost.count };
    }
  }

  #putBack(entries: readonly AuditEntry[], error: unknown): void {
    this.#failing = true;
    const since = this.#buffer;
    this.#buffer = [...entries];
    this.#keep(since);
    if (error instanceof StoreError && error.code === 'closed') return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.flush(), RETRY_MS).unref();
  }
}
