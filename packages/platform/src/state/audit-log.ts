/** The audit log (contract 3.11): appended in groups, queried newest first. */
import type { Store } from '@gaiwan/store';
import { limits } from '../limits.ts';
import type { AuditEntry, AuditLog } from '../ports.ts';

const LOG = 'audit';
const FLUSH_MS = limits.auditDelay.value;
const BATCH = limits.auditBatch.value;
/** A query looks at so many of the newest entries. */
const HORIZON = limits.auditHorizon.value;

export class StoredAuditLog implements AuditLog {
  readonly #store: Store;
  #buffer: AuditEntry[] = [];
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> = Promise.resolve();

  constructor(store: Store) {
    this.#store = store;
  }

  record(entry: AuditEntry): void {
    this.#buffer.push(entry);
    if (this.#buffer.length >= BATCH) void this.flush();
    else this.#timer ??= setTimeout(() => void this.flush(), FLUSH_MS);
  }

  flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const entries = this.#buffer;
    this.#buffer = [];
    if (entries.length > 0) {
      const append = [{ log: LOG, value: Buffer.from(JSON.stringify(entries)) }];
      this.#writing = this.#writing
        .then(() => this.#store.commit({ append }))
        .catch(() => {
          // Kept for the next time: a full disk must not lose them while there is room in memory.
          if (this.#buffer.length < 10 * BATCH) this.#buffer.unshift(...entries);
        });
    }
    return this.#writing;
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
