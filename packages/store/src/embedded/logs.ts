/**
 * Which rows the logs have, in the memory of the engine: the length of each log, and for each chunk of its positions the sum of its
 * rows' digests. A page is read with all chunks that it touches; an entry is appended without reading others than the last.
 */
import { HEAD_BYTES } from '../sealed.ts';
import type { StoreError } from '../store.ts';
import type { Elements } from './elements.ts';
import type { Journal } from './journal.ts';
import { logPlace } from './places.ts';
import { Sum } from './sum.ts';
import type { Tables } from './tables.ts';

const CHUNK = 32;
const LAST = Number.MAX_SAFE_INTEGER;

interface Log {
  length: number;
  readonly chunks: Sum[];
}

export interface LogsOptions {
  readonly tables: Tables;
  readonly elements: Elements;
  readonly journal: Journal;
  /** The sum of all rows of all logs, which follows. */
  readonly all: Sum;
  readonly tampered: () => StoreError;
}

export class Logs {
  readonly #options: LogsOptions;
  readonly #logs = new Map<string, Log>();

  constructor(options: LogsOptions) {
    this.#options = options;
  }

  /** At the start. Throws `state-tampered` where an entry is missing before another. */
  fill(): void {
    const { tables, elements, all, tampered } = this.#options;
    for (const [name, position, head] of tables.logHeads()) {
      const log = this.#made(name);
      if (position !== log.length || head.length !== HEAD_BYTES) throw tampered();
      const digest = elements.digest(logPlace(name, position), head);
      chunkOf(log, position).change(digest, 1);
      all.change(digest, 1);
      log.length++;
    }
  }

  /** What to throw where a log's rows are not those that were written last. */
  tampered(): StoreError {
    return this.#options.tampered();
  }

  /** Throws `state-tampered` unless an entry's head is this one. */
  requireHead(name: Buffer, position: number, head: Uint8Array): void {
    const { value } = this.heads(name, position).next();
    if (!value?.equals(head)) throw this.tampered();
  }

  length(name: Buffer): number {
    return this.#logs.get(name.toString('latin1'))?.length ?? 0;
  }

  /** The position of the next entry. Throws `state-tampered` where the last entry on the disk is another than the last one written. */
  next(name: Buffer): number {
    const { tables, tampered } = this.#options;
    const next = this.length(name);
    if (tables.lastPosition(name) !== next - 1) throw tampered();
    return next;
  }

  /** Within a transaction: what was just appended at `next`. */
  appended(name: Buffer, head: Uint8Array): void {
    const log = this.#made(name);
    const digest = this.#options.elements.digest(logPlace(name, log.length), head);
    this.#change(log, log.length, [digest, 1]);
    log.length++;
    this.#options.journal.did(() => log.length--);
  }

  /** Within a transaction: an entry is sealed anew. */
  replaced(name: Buffer, position: number, { from, to }: Readonly<Record<'from' | 'to', Uint8Array>>): void {
    const { elements } = this.#options;
    const log = this.#made(name);
    this.#change(log, position, [elements.digest(logPlace(name, position), from), -1]);
    this.#change(log, position, [elements.digest(logPlace(name, position), to), 1]);
  }

  /** Heads of the entries from `from` on, chunk by chunk, as they were written last. Throws `state-tampered`. */
  *heads(name: Buffer, from: number): Generator<Buffer, undefined> {
    const { length = 0, chunks = [] } = this.#logs.get(name.toString('latin1')) ?? {};
    // What was never written has no row either.
    if (length === 0) this.next(name);
    for (let index = Math.floor(from / CHUNK); index < chunks.length; index++) {
      const bytes = this.#chunk(name, { index, sum: chunks[index], isLast: index === chunks.length - 1 });
      const begin = Math.max(from - index * CHUNK, 0);
      for (let at = begin * HEAD_BYTES; at < bytes.length; at += HEAD_BYTES)
        yield bytes.subarray(at, at + HEAD_BYTES);
    }
  }

  #chunk(
    name: Buffer,
    {
      index,
      sum,
      isLast,
    }: { readonly index: number; readonly sum: Sum | undefined; readonly isLast: boolean },
  ): Buffer {
    const { tables, elements, tampered } = this.#options;
    const first = index * CHUNK;
    const { count, bytes } = tables.logChunk(
      name,
      index === 0 ? -LAST : first,
      isLast ? LAST : first + CHUNK,
    );
    const found = new Sum();
    for (let at = 0; at < bytes.length; at += HEAD_BYTES) {
      const place = logPlace(name, first + found.count);
      found.change(elements.digest(place, bytes.subarray(at, at + HEAD_BYTES)), 1);
    }
    const isSame = count === sum?.count && found.count === count && sum.hasSameElements(found);
    if (!isSame) throw tampered();
    return bytes;
  }

  #change(log: Log, position: number, [digest, by]: readonly [Buffer, 1 | -1]): void {
    const { all, journal } = this.#options;
    const chunk = chunkOf(log, position);
    const undo = by === 1 ? -1 : 1;
    chunk.change(digest, by);
    all.change(digest, by);
    journal.did(() => {
      chunk.change(digest, undo);
      all.change(digest, undo);
    });
  }

  #made(name: Uint8Array): Log {
    const key = Buffer.from(name.buffer, name.byteOffset, name.length).toString('latin1');
    const known = this.#logs.get(key);
    if (known) return known;
    const log: Log = { length: 0, chunks: [] };
    this.#logs.set(key, log);
    return log;
  }
}

function chunkOf({ chunks }: Log, position: number): Sum {
  const index = Math.floor(position / CHUNK);
  const known = chunks[index];
  if (known) return known;
  const made = new Sum();
  chunks[index] = made;
  return made;
}
