/**
 * Which rows a table of keys has, in the memory of the engine: buckets of neighbouring keys, and of each the number of its rows and
 * their SHA-256. Whoever asks for a key, or for its absence, gets its bucket read and compared as a whole; buckets that were used of
 * late stay, and then the disk is not asked. The hashes are over what the disk knows anyway, so they are no secrets; where buckets
 * begin and end is nobody's business but this memory's.
 */
import { hash } from 'node:crypto';
import type { StoreError } from '../store.ts';
import type { Journal } from './journal.ts';
import type { LoadedRows } from './loaded-rows.ts';
import {
  eachRow,
  type Found,
  find,
  type HeadRow,
  inParts,
  type Part,
  replace,
  type SetTable,
} from './rows.ts';
import type { Tables } from './tables.ts';

const KIND_BYTES = 16;
/** Rows of a new bucket, and what a bucket may grow to before it is split in two. */
const ROWS = 8;
const MOST_ROWS = 16;

interface Bucket {
  /** The first key that belongs here, latin1; the end is the start of the next. */
  readonly start: string;
  count: number;
  /** Of its rows; unknown where they are held and were changed. */
  digest: string | undefined;
  /** Its rows, where they are held. */
  rows: Buffer | undefined;
}

/** Where a key stands in the rows of its bucket. */
interface Place {
  readonly key: Buffer;
  readonly bucket: Bucket;
  readonly rows: Buffer;
  readonly found: Found;
}

export interface BucketsOptions {
  readonly tables: Tables;
  readonly journal: Journal;
  /** How many buckets' rows are held: about 1 KB each. */
  readonly held: number;
}

const digestOf = (rows: Buffer): string => hash('sha256', rows, 'binary');
const EMPTY = Buffer.alloc(0);
const NO_ROWS = digestOf(EMPTY);
const bytesOf = (key: string): Buffer => Buffer.from(key, 'latin1');
const empty = (start: string): Bucket => ({ start, count: 0, digest: NO_ROWS, rows: undefined });
/** A kind's first key, and nothing longer. */
const isBorder = (start: string): boolean => start.length <= KIND_BYTES;

/** The first key after all that begin with this one; none after the last. */
function following(kind: string): string | undefined {
  const bytes = bytesOf(kind);
  for (let at = bytes.length - 1; at >= 0; at--) {
    const byte = (bytes[at] ?? 0) + 1;
    bytes[at] = byte & 255;
    if (byte < 256) return bytes.toString('latin1');
  }
  return undefined;
}

export class Buckets {
  readonly #table: SetTable;
  readonly #options: BucketsOptions;
  /** What to throw where rows that begin with this kind are not what they were. */
  readonly #tampered: (kind: string) => StoreError;
  /** In the order of their starts; the first begins before all keys. */
  #buckets: Bucket[] = [empty('')];
  /** Those whose rows are held, the least recently used first. */
  readonly #held = new Set<Bucket>();
  /** Those that the transaction changed. */
  readonly #changed = new Set<Bucket>();
  #last: Place | undefined;
  /** Those that have their borders. */
  readonly #kinds = new Set<string>();

  constructor(table: SetTable, options: BucketsOptions, tampered: (kind: string) => StoreError) {
    this.#table = table;
    this.#options = options;
    this.#tampered = tampered;
  }

  /** At the start: rows of a disk that is compared with the root afterwards. */
  fill(rows: LoadedRows): void {
    let last = '';
    for (const part of rows.inOrder(ROWS)) {
      if (part.kind !== last) this.#enclose(part.kind);
      last = part.kind;
      this.#push(part);
    }
  }

  /** The head that a key has; nothing where it has no row. Throws `state-tampered`. */
  head(key: Buffer): Buffer | undefined {
    return this.#find(key).found.head;
  }

  /** Within a transaction: another head for a key, or none. Returns the one before. Throws `state-tampered`, and then does nothing. */
  set(key: Buffer, head: Buffer | undefined): Buffer | undefined {
    const { bucket, rows, found } = this.#placeFor(key, head !== undefined);
    if (!head && !found.head) return undefined;
    const before = found.head && Buffer.from(found.head);
    this.#changed.add(bucket);
    bucket.digest = undefined;
    if (head && found.head?.length === head.length) {
      // In place: nobody else has these bytes for longer than a call.
      found.head.set(head);
      this.#options.journal.did(() => found.head?.set(before ?? head));
      return before;
    }
    const { count } = bucket;
    this.#options.journal.did(() => Object.assign(bucket, { count, rows }));
    bucket.rows = replace(rows, found, head && { key, head });
    bucket.count += (head ? 1 : 0) - (found.head ? 1 : 0);
    return before;
  }

  /** Rows of keys after `after` and before `end`, bucket by bucket. Throws `state-tampered`. */
  *after(after: Buffer, end: Buffer): Generator<HeadRow, undefined> {
    const last = end.toString('latin1');
    for (let index = this.#indexOf(after.toString('latin1')); index < this.#buckets.length; index++) {
      if ((this.#buckets[index]?.start ?? last) >= last) return;
      for (const row of eachRow(this.#table, this.#rowsOf(index)))
        if (row.key.compare(after) > 0 && row.key.compare(end) < 0) yield row;
    }
  }

  /** The transaction is over: full buckets are split, empty ones go, and no more than may be are held. */
  settle(): void {
    for (const bucket of this.#changed) {
      if (bucket.count > MOST_ROWS && bucket.rows) this.#split(bucket, bucket.rows);
      else if (bucket.count === 0 && !isBorder(bucket.start)) {
        this.#buckets.splice(this.#indexOf(bucket.start), 1);
        this.#held.delete(bucket);
      }
    }
    this.#changed.clear();
    this.#last = undefined;
    this.#letGo();
  }

  /** A batch asks for a key, then sets it: where it stands is looked for once. */
  #find(key: Buffer): Place {
    const last = this.#last;
    if (last && last.key === key && last.rows === last.bucket.rows) return last;
    const index = this.#indexOf(key.toString('latin1'));
    const rows = this.#rowsOf(index);
    // The index is one of an array that is never empty.
    const bucket = this.#buckets[index] ?? empty('');
    const place = { key, bucket, rows, found: find(rows, key) };
    this.#last = this.#options.journal.isOpen ? place : undefined;
    return place;
  }

  /** Where a key stands, or is to stand: a row of a new kind needs its borders first. */
  #placeFor(key: Buffer, isPut: boolean): Place {
    const place = this.#find(key);
    if (!isPut || place.found.head) return place;
    this.#enclose(key.toString('latin1', 0, KIND_BYTES));
    return this.#find(key);
  }

  #hold(bucket: Bucket, rows: Buffer): void {
    bucket.rows = rows;
    this.#held.add(bucket);
    // What a transaction changes must be there to be undone.
    if (!this.#options.journal.isOpen) this.#letGo();
  }

  /** Which were used of late matters where some are let go of. */
  #used(bucket: Bucket): void {
    if (this.#held.size < this.#options.held) return;
    this.#held.delete(bucket);
    this.#held.add(bucket);
  }

  #letGo(): void {
    for (const bucket of this.#held) {
      if (this.#held.size <= this.#options.held) return;
      bucket.digest ??= digestOf(bucket.rows ?? EMPTY);
      bucket.rows = undefined;
      this.#held.delete(bucket);
    }
  }

  #split(bucket: Bucket, rows: Buffer): void {
    const parts = [...inParts(this.#table, rows, ROWS)].map(({ start, count, rows: some }, index) => ({
      start: index === 0 ? bucket.start : start,
      count,
      digest: digestOf(some),
      rows: undefined,
    }));
    this.#buckets.splice(this.#indexOf(bucket.start), 1, ...parts);
    this.#held.delete(bucket);
  }

  /** The rows of a bucket, as they were written last. */
  #rowsOf(index: number): Buffer {
    const bucket = this.#buckets[index];
    if (bucket === undefined) return EMPTY;
    if (bucket.rows) {
      this.#used(bucket);
      return bucket.rows;
    }
    const next = this.#buckets[index + 1];
    const { count, bytes } = this.#options.tables.rows(
      this.#table,
      bytesOf(bucket.start),
      next && bytesOf(next.start),
    );
    if (count !== bucket.count || digestOf(bytes) !== bucket.digest)
      throw this.#tampered(bucket.start.slice(0, KIND_BYTES));
    this.#hold(bucket, bytes);
    return bytes;
  }

  /** The last bucket that begins at or before a key. */
  #indexOf(key: string): number {
    let [low, high] = [0, this.#buckets.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#buckets[middle]?.start ?? '') <= key) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  /** Borders before and after a kind: trouble in one is none in its neighbours. No row moves by it, since none is there yet. */
  #enclose(kind: string): void {
    if (this.#kinds.has(kind)) return;
    this.#kinds.add(kind);
    this.#last = undefined;
    const next = following(kind);
    for (const start of next === undefined ? [kind] : [kind, next]) {
      const index = this.#indexOf(start);
      if (this.#buckets[index]?.start !== start) this.#buckets.splice(index + 1, 0, empty(start));
    }
  }

  /** At the start: another bucket after all that have rows. */
  #push({ kind, start, count, rows }: Part): void {
    // Where the kind ends, another begins; after the last possible kind, none.
    const after = following(kind) === undefined ? [] : this.#buckets.splice(-1);
    const before = this.#buckets.at(-1);
    const isFirst = before?.start === kind && before.count === 0;
    if (isFirst) this.#buckets.pop();
    const bucket = { start: isFirst ? kind : start, count, digest: digestOf(rows), rows: undefined };
    this.#buckets.push(bucket, ...after);
  }
}
