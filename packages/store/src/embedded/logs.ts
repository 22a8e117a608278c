/**
 * Which rows the logs have, in the memory of the engine: the length of each log, the SHA-256 of the heads of each full chunk of its
 * positions, and the heads of the last chunk themselves. A page is read with all chunks that it touches; an entry is appended without
 * reading others. A log that was trimmed lacks its first chunks, whole; its positions stay.
 */
import { hash } from 'node:crypto';
import { HEAD_BYTES } from '../sealed.ts';
import type { StoreError } from '../store.ts';
import type { Elements } from './elements.ts';
import type { Journal } from './journal.ts';
import { logPlace } from './places.ts';
import type { Sum } from './sum.ts';
import type { Tables } from './tables.ts';

const CHUNK = 64;
const LAST = Number.MAX_SAFE_INTEGER;

/** Of one call: the journal's memory and the time of a commit are bounded. */
const TRIMMED_CHUNKS = 256;

interface Log {
  /** The position of the next entry. */
  length: number;
  /** How many chunks were trimmed away. */
  trimmed: number;
  /** Of full chunks that are there. */
  readonly digests: string[];
  /** Heads of the positions after these. */
  last: Buffer;
  /** Whether the transaction has looked at the end on the disk. */
  isChecked: boolean;
}

/** What is to go of a log: chunks from one on and before another, and the heads of their entries. */
export interface Cut {
  readonly name: Buffer;
  readonly from: number;
  readonly to: number;
  readonly heads: Buffer;
}

const digestOf = (heads: Buffer): string => hash('sha256', heads, 'binary');
const NO_HEADS = Buffer.alloc(0);

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
  readonly #checked = new Set<Log>();

  constructor(options: LogsOptions) {
    this.#options = options;
  }

  /** At the start. Throws `state-tampered` where an entry is missing before another. */
  fill(): void {
    const { tables, elements, all, tampered } = this.#options;
    for (const [name, position, head] of tables.logHeads()) {
      const log = this.#made(asBuffer(name));
      // Whether what is missing before the first was trimmed, the sum of all rows says.
      if (log.length === 0) begin(log, position);
      if (position !== log.length || head.length !== HEAD_BYTES) throw tampered();
      all.change(elements.digest(logPlace(name, position), head), 1);
      push(log, head);
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

  /** The position of the next entry. Throws `state-tampered` where the last entry on the disk is another than the last one written. */
  next(name: Buffer): number {
    const { tables, journal, tampered } = this.#options;
    const log = this.#logs.get(name.toString('latin1'));
    const next = log?.length ?? 0;
    if (log?.isChecked) return next;
    if (tables.lastPosition(name) !== next - 1) throw tampered();
    if (log && journal.isOpen) {
      log.isChecked = true;
      this.#checked.add(log);
    }
    return next;
  }

  /** Within a transaction: what was just appended at `next`. */
  appended(name: Buffer, head: Uint8Array): void {
    const log = this.#made(name);
    const { length, last } = log;
    this.#sum([this.#options.elements.digest(logPlace(name, length), head), 1]);
    push(log, head);
    this.#options.journal.did(() => {
      if (log.last.length === 0) log.digests.pop();
      Object.assign(log, { length, last });
    });
  }

  /** The position of the first entry that is there. */
  first(name: Buffer): number {
    return (this.#logs.get(name.toString('latin1'))?.trimmed ?? 0) * CHUNK;
  }

  /**
   * The chunks that are wholly before a position, but never the last entry; at most some at once. Nothing where there are none. Throws
   * `state-tampered` where their rows are not those that were written last.
   */
  cut(name: Buffer, before: number): Cut | undefined {
    if (this.next(name) === 0) return undefined;
    const log = this.#made(name);
    const { trimmed: from, length } = log;
    const chunksBefore = Math.floor(Math.min(before, length - 1) / CHUNK);
    const to = Math.min(chunksBefore, from + TRIMMED_CHUNKS);
    if (to <= from) return undefined;
    const chunks = Array.from({ length: to - from }, (_, at) => this.#chunk(name, log, from + at));
    return { name, from, to, heads: Buffer.concat(chunks) };
  }

  /** Within a transaction: these chunks go. Of two cuts of one log the first is made. */
  trim({ name, from, to, heads }: Cut): void {
    const { tables, elements, all, journal } = this.#options;
    const log = this.#made(name);
    if (log.trimmed !== from) return;
    const sum = (by: 1 | -1) => {
      for (let at = 0; at * HEAD_BYTES < heads.length; at++) {
        const head = heads.subarray(at * HEAD_BYTES, (at + 1) * HEAD_BYTES);
        all.change(elements.digest(logPlace(name, from * CHUNK + at), head), by);
      }
    };
    const gone = log.digests.splice(0, to - from);
    log.trimmed = to;
    sum(-1);
    journal.did(() => {
      log.digests.unshift(...gone);
      log.trimmed = from;
      sum(1);
    });
    tables.trimLog(name, to * CHUNK, heads.length / HEAD_BYTES);
  }

  /** Within a transaction: an entry is sealed anew. */
  replaced(name: Buffer, position: number, { from, to }: Readonly<Record<'from' | 'to', Uint8Array>>): void {
    const { elements, journal } = this.#options;
    const log = this.#made(name);
    const index = Math.floor(position / CHUNK);
    const before = this.#chunk(name, log, index);
    const after = Buffer.from(before);
    after.set(to, (position % CHUNK) * HEAD_BYTES);
    this.#sum([elements.digest(logPlace(name, position), from), -1]);
    this.#sum([elements.digest(logPlace(name, position), to), 1]);
    const put = (heads: Buffer) => {
      const at = index - log.trimmed;
      if (at === log.digests.length) log.last = heads;
      else log.digests[at] = digestOf(heads);
    };
    put(after);
    journal.did(() => put(before));
  }

  /** The transaction is over: the disk is asked again. */
  settle(): void {
    for (const log of this.#checked) log.isChecked = false;
    this.#checked.clear();
  }

  /**
   * Heads of the entries from `from` on, or from the first, chunk by chunk, as they were written last. Throws `state-tampered`.
   */
  *heads(name: Buffer, asked: number): Generator<Buffer, undefined> {
    // What is beyond the end, or was never written, has no row either.
    if (this.next(name) <= asked) return;
    const log = this.#made(name);
    const from = Math.max(asked, log.trimmed * CHUNK);
    for (let index = Math.floor(from / CHUNK); index * CHUNK < log.length; index++) {
      const bytes = this.#chunk(name, log, index);
      const begin = Math.max(from - index * CHUNK, 0);
      for (let at = begin * HEAD_BYTES; at < bytes.length; at += HEAD_BYTES)
        yield bytes.subarray(at, at + HEAD_BYTES);
    }
  }

  #chunk(name: Buffer, log: Log, index: number): Buffer {
    const { tables, tampered } = this.#options;
    const known = log.digests[index - log.trimmed];
    if (known === undefined) return log.last;
    // Positions before the first are none.
    const begin = index === log.trimmed ? -LAST : index * CHUNK;
    const { count, bytes } = tables.logChunk(name, begin, (index + 1) * CHUNK);
    if (count !== CHUNK || digestOf(bytes) !== known) throw tampered();
    return bytes;
  }

  #sum([digest, by]: readonly [string, 1 | -1]): void {
    const { all, journal } = this.#options;
    all.change(digest, by);
    journal.did(() => all.change(digest, by === 1 ? -1 : 1));
  }

  #made(name: Buffer): Log {
    const key = name.toString('latin1');
    const known = this.#logs.get(key);
    if (known) return known;
    const log: Log = { length: 0, trimmed: 0, digests: [], last: NO_HEADS, isChecked: false };
    this.#logs.set(key, log);
    return log;
  }
}

const asBuffer = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);

/** Of a log without entries: its first is this one, where that can be. */
function begin(log: Log, position: number): void {
  if (position <= 0 || position % CHUNK !== 0) return;
  log.trimmed = position / CHUNK;
  log.length = position;
}

function push(log: Log, head: Uint8Array): void {
  log.last = Buffer.concat([log.last, head]);
  log.length++;
  if (log.last.length < CHUNK * HEAD_BYTES) return;
  log.digests.push(digestOf(log.last));
  log.last = NO_HEADS;
}
