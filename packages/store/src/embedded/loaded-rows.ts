/**
 * The rows of a table at the start: read in the order in which they stand in the database, wanted in the order of their keys. A read by the
 * database's index takes more than twice as long.
 */
import { endianness } from 'node:os';
import { BLINDED_BYTES } from '../sealed.ts';
import type { Elements } from './elements.ts';
import { CHUNK_ROWS, endOf, KEY_AT, keyOf, LONGEST_ROW, type Part, partOf, type SetTable } from './rows.ts';
import type { Sum } from './sum.ts';

/** A string of rows, and where each begins; then the end of the last. */
interface Chunk {
  readonly bytes: Buffer;
  readonly places: Uint32Array;
}

/** The rows whose keys begin with the same 16 bytes. */
interface KindRows {
  readonly kind: Buffer;
  readonly sum: Sum;
  /** A row's number is that of its chunk, and its own there. */
  readonly rows: number[];
}

const CHUNK_BITS = Math.log2(CHUNK_ROWS);
/** Which half of a 64-bit number counts less. */
const LOW = endianness() === 'LE' ? 0 : 1;
const NO_ROWS: Chunk = { bytes: Buffer.alloc(0), places: new Uint32Array(0) };

export interface LoadedRowsOptions {
  readonly elements: Elements;
  /** The sum that gets the rows of a kind: the first 16 bytes of their keys, latin1. */
  readonly sumOf: (kind: string) => Sum;
  /** What to throw where the table holds what no table of this store holds. */
  readonly damaged: () => Error;
}

export class LoadedRows {
  readonly #table: SetTable;
  readonly #options: LoadedRowsOptions;
  readonly #chunks: Chunk[] = [];
  readonly #kinds = new Map<string, KindRows>();
  #lastKind: KindRows | undefined;

  constructor(table: SetTable, options: LoadedRowsOptions) {
    this.#table = table;
    this.#options = options;
  }

  /** Takes at most `CHUNK_ROWS` rows, and sums them up. Throws `damaged()` where it is no string of so many rows. */
  add({ bytes, count }: { readonly bytes: Buffer; readonly count: number }): void {
    const { elements, damaged } = this.#options;
    const places = new Uint32Array(count + 1);
    const first = this.#chunks.length * CHUNK_ROWS;
    let at = 0;
    for (let row = 0; row < count; row++) {
      const end = endOf(this.#table, bytes, at);
      if (end === 0) throw damaged();
      const { sum, rows } = this.#kindAt(bytes, at);
      sum.change(elements.rowIn(this.#table, bytes, [at, end]), 1);
      rows.push(first + row);
      at = end;
      places[row + 1] = at;
    }
    if (at !== bytes.length || count > CHUNK_ROWS) throw damaged();
    this.#chunks.push({ bytes, places });
  }

  /** In the order of their keys, `size` together; a part is gone when the next one is asked for. Throws `damaged()` where two have the same key. */
  *inOrder(size: number): Generator<Part> {
    const part = Buffer.alloc(size * LONGEST_ROW);
    for (const { rows } of [...this.#kinds.values()].sort((a, b) => a.kind.compare(b.kind))) {
      const sorted = this.#sorted(rows);
      for (let from = 0; from < sorted.length; from += size) {
        const to = Math.min(from + size, sorted.length);
        let length = 0;
        for (let index = from; index < to; index++) length += this.#copy(sorted[index] ?? 0, part, length);
        yield partOf(part.subarray(0, length), to - from);
      }
    }
  }

  #copy(row: number, target: Buffer, at: number): number {
    const { bytes, places } = this.#chunkOf(row);
    const own = row % CHUNK_ROWS;
    return bytes.copy(target, at, places[own], places[own + 1]);
  }

  #chunkOf(row: number): Chunk {
    return this.#chunks[row >>> CHUNK_BITS] ?? NO_ROWS;
  }

  #kindAt(bytes: Buffer, at: number): KindRows {
    const begin = at + KEY_AT;
    const end = begin + BLINDED_BYTES;
    if (this.#lastKind?.kind.compare(bytes, begin, end) === 0) return this.#lastKind;
    const kind = bytes.subarray(begin, end);
    const name = kind.toString('latin1');
    const known = this.#kinds.get(name) ?? { kind, sum: this.#options.sumOf(name), rows: [] };
    this.#kinds.set(name, known);
    this.#lastKind = known;
    return known;
  }

  /** By the four bytes after the kind, as a number; where these are the same, by the whole key. */
  #sorted(rows: readonly number[]): Uint32Array {
    const pairs = new Uint32Array(rows.length * 2);
    for (const [index, row] of rows.entries()) {
      pairs[index * 2 + LOW] = row;
      pairs[index * 2 + 1 - LOW] = this.#prefix(row);
    }
    new BigUint64Array(pairs.buffer).sort();
    const sorted = new Uint32Array(rows.length);
    let same = 0;
    for (let index = 0; index < sorted.length; index++) {
      sorted[index] = pairs[index * 2 + LOW] ?? 0;
      const high = index * 2 + 1 - LOW;
      if (pairs[high] === pairs[high + 2]) continue;
      if (same < index) this.#sortByKey(sorted.subarray(same, index + 1));
      same = index + 1;
    }
    return sorted;
  }

  #prefix(row: number): number {
    const { bytes, places } = this.#chunkOf(row);
    const at = places[row % CHUNK_ROWS] ?? 0;
    return (bytes[at] ?? 0) > 1 ? bytes.readUInt32BE(at + KEY_AT + BLINDED_BYTES) : 0;
  }

  #sortByKey(rows: Uint32Array): void {
    const keys = Array.from(rows, (row) => {
      const { bytes, places } = this.#chunkOf(row);
      return [row, keyOf(bytes.subarray(places[row % CHUNK_ROWS]))] as const;
    });
    keys.sort(([, a], [, b]) => a.compare(b));
    for (const [index, [row, key]] of keys.entries()) {
      if (keys[index + 1]?.[1].equals(key)) throw this.#options.damaged();
      rows[index] = row;
    }
  }
}
