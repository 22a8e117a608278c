/** What a store ought to hold, and what becomes of a batch: the store's documentation as code, with no disk below it. */
import type { Batch, Entry, LogEntry, QueueItem, QueueOperation } from '@gaiwan/store';
import { labelOf } from './values.ts';

export interface ModelItem {
  readonly token: number;
  readonly until: number;
  readonly label: string;
}

interface ModelEntry {
  readonly version: number;
  readonly label: string;
}

const nameOf = (key: readonly string[]): string => key.join('/');
export const shownEntry = ({ key, version, value }: Entry): string =>
  `${nameOf(key)} ${version} ${labelOf(value)}`;
export const shownItem = ({ id, token, until, payload }: QueueItem): string =>
  `${id} ${token} ${until} ${labelOf(payload)}`;
export const shownLogEntry = ({ index, value }: LogEntry): string => `${index} ${labelOf(value)}`;

/** Never changed: a batch that is applied makes another. */
export class Model {
  readonly #entries: ReadonlyMap<string, ModelEntry>;
  /** Of deleted keys. */
  readonly #lastVersions: ReadonlyMap<string, number>;
  /** In their order. */
  readonly #queues: ReadonlyMap<string, ReadonlyMap<string, ModelItem>>;
  readonly #logs: ReadonlyMap<string, readonly string[]>;

  constructor(
    entries: ReadonlyMap<string, ModelEntry> = new Map(),
    lastVersions: ReadonlyMap<string, number> = new Map(),
    queues: ReadonlyMap<string, ReadonlyMap<string, ModelItem>> = new Map(),
    logs: ReadonlyMap<string, readonly string[]> = new Map(),
  ) {
    this.#entries = entries;
    this.#lastVersions = lastVersions;
    this.#queues = queues;
    this.#logs = logs;
  }

  /** Undefined where it is a conflict. */
  after(batch: Batch): { readonly model: Model; readonly versions: readonly number[] } | undefined {
    for (const { key, version } of batch.expect ?? [])
      if ((this.#entries.get(nameOf(key))?.version ?? 0) !== version) return undefined;
    const queues = new Map(this.#queues);
    for (const operation of batch.queue ?? []) {
      const items = new Map(queues.get(operation.queue));
      if (!operate(items, operation)) return undefined;
      queues.set(operation.queue, items);
    }
    const [entries, lastVersions, logs] = [
      new Map(this.#entries),
      new Map(this.#lastVersions),
      new Map(this.#logs),
    ];
    const versions = (batch.put ?? []).map(({ key, value }) => {
      const name = nameOf(key);
      const version = (entries.get(name)?.version ?? lastVersions.get(name) ?? 0) + 1;
      entries.set(name, { version, label: labelOf(value) });
      lastVersions.delete(name);
      return version;
    });
    for (const key of batch.delete ?? []) {
      const name = nameOf(key);
      const entry = entries.get(name);
      if (!entry) continue;
      entries.delete(name);
      lastVersions.set(name, entry.version);
    }
    for (const { log, value } of batch.append ?? [])
      logs.set(log, [...(logs.get(log) ?? []), labelOf(value)]);
    return { model: new Model(entries, lastVersions, queues, logs), versions };
  }

  version(key: readonly string[]): number {
    return this.#entries.get(nameOf(key))?.version ?? 0;
  }

  item(queue: string, id: string): ModelItem | undefined {
    return this.#queues.get(queue)?.get(id);
  }

  /** As `shownEntry` has it; nothing where it is absent. */
  entry(key: readonly string[]): string | undefined {
    const entry = this.#entries.get(nameOf(key));
    return entry && `${nameOf(key)} ${entry.version} ${entry.label}`;
  }

  /** Sorted. */
  entriesUnder(prefix: readonly string[]): string[] {
    const start = prefix.map((segment) => `${segment}/`).join('');
    return [...this.#entries]
      .filter(([name]) => name.startsWith(start))
      .map(([name, { version, label }]) => `${name} ${version} ${label}`)
      .sort();
  }

  queue(queue: string): string[] {
    return [...(this.#queues.get(queue) ?? [])].map(
      ([id, { token, until, label }]) => `${id} ${token} ${until} ${label}`,
    );
  }

  log(log: string, from = 0): string[] {
    return (this.#logs.get(log) ?? []).slice(from).map((label, index) => `${index + from} ${label}`);
  }
}

function operate(items: Map<string, ModelItem>, operation: QueueOperation): boolean {
  const { id } = operation;
  const item = items.get(id);
  if (operation.op === 'enqueue') {
    if (item) return false;
    items.set(id, { token: 0, until: 0, label: labelOf(operation.payload ?? new Uint8Array(0)) });
    return true;
  }
  if (!item) return operation.op === 'remove' && operation.token === undefined;
  if (operation.token !== undefined && operation.token !== item.token) return false;
  if (operation.op === 'remove') {
    items.delete(id);
    return true;
  }
  if (operation.op !== 'lease' && item.until === 0) return false;
  const token = operation.op === 'lease' ? item.token + 1 : item.token;
  items.set(id, { ...item, token, until: operation.op === 'release' ? 0 : operation.until });
  return true;
}
