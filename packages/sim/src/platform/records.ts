/** What the auditor reads in the store itself: events, the audit log, what is counted for whom. */
import { nameOf, parseSubject } from '@gaiwan/protocol';
import type { Store } from '@gaiwan/store';
import { loadProduct } from './product.ts';

export interface TaskEvent {
  readonly type: string;
  readonly task?: string;
  readonly token?: number;
  readonly attempt?: number;
}

export interface PlatformRecords {
  /** How often somebody did something: by name and method, as in the audit log. */
  readonly entries: ReadonlyMap<string, number>;
  /** What counts for whom: by name. */
  readonly held: ReadonlyMap<string, { readonly bytes: number; readonly items: number }>;
  readonly eventsOf: (taskId: string) => readonly TaskEvent[];
  /** Attempts that counted, and came to nothing. */
  readonly lostAttempts: (taskId: string) => number;
}

const PAGE = 1000;

async function* valuesOf(store: Store, log: string): AsyncGenerator<unknown> {
  const length = await store.logLength(log);
  for (let from = 0; from < length; ) {
    const page = await store.log(log, { from, limit: PAGE });
    for (const { value } of page) yield JSON.parse(Buffer.from(value).toString());
    from = (page.at(-1)?.index ?? length) + 1;
  }
}

const accountOf = (subject: string | undefined): string => {
  const parsed = subject === undefined ? undefined : parseSubject(subject);
  return parsed === undefined ? '' : nameOf(parsed);
};

export async function recordsOf(store: Store): Promise<PlatformRecords> {
  const { decodeRecord } = await loadProduct();
  const entries = new Map<string, number>();
  for await (const value of valuesOf(store, 'audit')) {
    // As the audit log writes them.
    const all = value as readonly {
      readonly subject?: string;
      readonly message: string;
      readonly result: boolean;
    }[];
    for (const { subject, message, result } of all) {
      const name = `${accountOf(subject)} ${message}`;
      if (result) entries.set(name, (entries.get(name) ?? 0) + 1);
    }
  }
  const events = new Map<string, TaskEvent[]>();
  for await (const value of valuesOf(store, 'events')) {
    // As transactions write them.
    const event = value as TaskEvent;
    if (event.task !== undefined) events.set(event.task, [...(events.get(event.task) ?? []), event]);
  }
  const held = new Map<string, { readonly bytes: number; readonly items: number }>();
  for await (const { value } of store.entries(['held'])) {
    const { by, bytes } = decodeRecord<{ readonly by: string; readonly bytes: number }>(value);
    const before = held.get(accountOf(by)) ?? { bytes: 0, items: 0 };
    held.set(accountOf(by), { bytes: before.bytes + bytes, items: before.items + 1 });
  }
  const attempts = new Map<string, number>();
  for await (const { value } of store.entries(['task'])) {
    const { id, attempt } = decodeRecord<{ readonly id: string; readonly attempt: number }>(value);
    attempts.set(id, attempt);
  }
  const eventsOf = (taskId: string) => events.get(taskId) ?? [];
  const wasGivenUp = (taskId: string) => eventsOf(taskId).some(({ type }) => type === 'task-failed');
  const lostAttempts = (taskId: string) =>
    Math.max((attempts.get(taskId) ?? 0) - 1, 0) + (wasGivenUp(taskId) ? 1 : 0);
  return { entries, held, eventsOf, lostAttempts };
}
