/** The audit log (contract 3.11): appended in groups, queried newest first. */
import { type Store, StoreError } from '@gaiwan/store';
import { limits } from '../limits.ts';
import type { AuditEntry, AuditLog } from '../ports.ts';

const LOG = 'audit';
const FLUSH_MS = limits.auditDelay.value;
const RETRY_MS = limits.auditRetry.value;
const BATCH = limits.auditBatch.value;
const KEPT = limits.auditKept.value;
/** A query looks at so many of the newest entries. */
const HORIZON = limits.auditHorizon.value;

/** A log and what to append to it, for entries that belong to a commit. */
export const auditAppend = (entries: readonly AuditEntry[]): readonly [log: string, value: Uint8Array] => [
  LOG,
  Buffer.from(JSON.stringify(entries)),
];

/** What stands in the log for entries that there was no room for. */
const lostEntry = (count: number, microsecond: number): AuditEntry => ({
  microsecond,
  address: '',
  user: '',
  message: `audit_entries_lost: ${count}`,
  result: false,
});

export class StoredAuditLog implements AuditLog {
  readonly #store: Store;
  /** Oldest first; the newest are lost where there are too many. */
  #buffer: AuditEntry[] = [];
  #lost = { count: 0, microsecond: 0 };
  #timer: NodeJS.Timeout | undefined;
  /** Did the last write fail? */
  #failing = false;
  #writing: Promise<void> = Promise.resolve();
  /** The write that waits for the one under way. */
  #next: Promise<void> | undefined;

  constructor(store: Store) {
    this.#store = store;
  }

  record(entry: AuditEntry): void {
    if (this.#buffer.length < KEPT) this.#buffer.push(entry);
    else this.#lose([entry]);
    if (this.#buffer.length >= BATCH && !this.#failing) void this.flush();
    else this.#later(FLUSH_MS);
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

  #later(after: number): void {
    this.#timer ??= setTimeout(() => void this.flush(), after);
  }

  #lose(entries: readonly AuditEntry[]): void {
    const { count, microsecond } = this.#lost;
    this.#lost = { count: count + entries.length, microsecond: entries.at(-1)?.microsecond ?? microsecond };
  }

  async #write(): Promise<void> {
    while (this.#buffer.length > 0 || this.#lost.count > 0) {
      const entries = this.#buffer.splice(0, BATCH);
      // After what there was room for.
      const lost = this.#buffer.length === 0 ? this.#lost : { count: 0, microsecond: 0 };
      const note = lost.count > 0 ? [lostEntry(lost.count, lost.microsecond)] : [];
      const [log, value] = auditAppend([...entries, ...note]);
      try {
        await this.#store.commit({ append: [{ log, value }] });
      } catch (error) {
        if (!(error instanceof StoreError && error.written)) return this.#keep(entries, error);
      }
      this.#failing = false;
      this.#lost = { ...this.#lost, count: this.#lost.count - lost.count };
    }
  }

  #keep(entries: readonly AuditEntry[], error: unknown): void {
    this.#failing = true;
    this.#buffer.unshift(...entries);
    this.#lose(this.#buffer.splice(KEPT));
    if (error instanceof StoreError && error.code === 'closed') return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.flush(), RETRY_MS).unref();
  }

  async query(query: string, limit: number): Promise<AuditEntry[]> {
    await this.flush();
    const matches = parseQuery(query);
    const wanted = Math.min(limit, limits.auditPage.value);
    const found: AuditEntry[] = [];
    let seen = 0;
    for (let end = await this.#store.logLength(LOG); end > 0 && found.length < wanted && seen < HORIZON; ) {
      const from = Math.max(0, end - 100);
      const pages = await this.#store.log(LOG, { from, limit: end - from });
      for (const page of pages.reverse()) {
        const entries = JSON.parse(Buffer.from(page.value).toString()) as AuditEntry[];
        seen += entries.length;
        for (const entry of entries.reverse()) if (found.length < wanted && matches(entry)) found.push(entry);
      }
      end = from;
    }
    return found;
  }
}

/** `*`, words (in the message), `field:value` for user, subject, message, ip, result; all must match. */
function parseQuery(query: string): (entry: AuditEntry) => boolean {
  const tests = query
    .slice(0, 1000)
    .split(/\s+/)
    .filter((term) => term !== '' && term !== '*' && term.toUpperCase() !== 'AND')
    .map((term) => {
      const [, field = 'message', value = ''] =
        /^(?:(user|subject|message|ip|result):)?"?(.*?)"?$/i.exec(term) ?? [];
      const needle = value.toLowerCase();
      return (entry: AuditEntry) => {
        const text =
          {
            user: entry.user,
            subject: entry.subject,
            message: entry.message,
            ip: entry.address,
            result: String(entry.result),
          }[field.toLowerCase()] ?? '';
        return text.toLowerCase().includes(needle);
      };
    });
  return (entry) => tests.every((test) => test(entry));
}

/** 16 bytes; an IPv4 address as `::a.b.c.d`, as Teaclave writes it; zeros for what is no address. */
export function addressBytes(address: string): Uint8Array {
  const bytes = new Uint8Array(16);
  const v4 = /(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(address);
  if (v4) {
    bytes.set(v4.slice(1).map(Number), 12);
    return bytes;
  }
  const [head = '', tail] = address.split('%', 1)[0]?.split('::') ?? [];
  const words = (text: string) =>
    text === '' ? [] : text.split(':').map((word) => Number.parseInt(word, 16));
  const before = words(head);
  const after = words(tail ?? '');
  if ([...before, ...after].some(Number.isNaN) || before.length + after.length > 8) return bytes;
  const view = new DataView(bytes.buffer);
  for (const [i, word] of before.entries()) view.setUint16(2 * i, word);
  for (const [i, word] of after.entries()) view.setUint16(16 - 2 * (after.length - i), word);
  return bytes;
}
