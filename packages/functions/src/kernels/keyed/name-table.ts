/**
 * Names and their running sums: an open-addressing hash table over typed arrays. The names come from one input (the
 * first round); later rounds only find them. Records lie one after the other, in the order of their coming, so that
 * a look-up touches one place in the slots and one among the records. A record, in words of 32 bits:
 * length of the name in bytes | last round that had it | sum of all rounds | amount of the last round | name, padded.
 * A record's name in this interface is the index of its first word. Sums wrap at 2^32, as the contract has it.
 */

import { limits } from '../../limits.ts';
import { FunctionError } from '../../refusal.ts';
import { allocateWords } from './allocate-words.ts';
import { BATCH, type NameRows } from './batches.ts';

const HEADER = 4;
const ROUND = 1;
const SUM = 2;
const LAST = 3;
/** Words of a line of the cache. */
const LINE = 16;
const MAX_WORDS = limits.keyTableWords.value;

const recordWords = (nameLength: number): number => HEADER + ((nameLength + 3) >>> 2);

export class NameTable {
  /** Number of names. */
  count = 0;
  /** Pairs of words: hash, and the record + 1 (0: free). At most half of them are used. */
  #slots = new Int32Array(2 * 4096);
  #mask = 4095;
  /** The records, as words and as bytes. */
  #words = new Uint32Array(1 << 14);
  #bytes = new Uint8Array(this.#words.buffer);
  #end = 0;
  readonly #found = new Int32Array(BATCH);
  readonly #lengths = new Uint32Array(BATCH);
  /** Read for its being fetched only: a record can reach into the next line of the cache. */
  readonly #tails = new Uint32Array(BATCH);

  /** Makes room for that many names of that many bytes in all. */
  reserve(names: number, nameBytes: number): void {
    let slots = this.#mask + 1;
    while (slots < names * 2) slots *= 2;
    if (slots > this.#mask + 1) this.#rehash(slots);
    this.#reserveWords(Math.min(MAX_WORDS, names * (HEADER + 1) + Math.ceil(nameBytes / 4)));
  }

  /** First round: takes the rows in; the last amount of a name wins. */
  build(rows: NameRows): void {
    this.#find(rows);
    for (let i = 0; i < rows.count; i++) {
      const record = this.#found[i];
      if (record >= 0) this.#words[record + SUM] = rows.amount[i];
      else this.#insert(rows, i);
    }
  }

  /**
   * A later round (2, 3, ...): adds the rows' amounts to the names that every round before has had; the last
   * amount of a name wins. `onFirst` is called with each such record once, in the order of the rows.
   */
  join(rows: NameRows, round: number, onFirst?: (record: number) => void): void {
    this.#find(rows);
    const words = this.#words;
    const found = this.#found;
    const { amount: amounts, count } = rows;
    for (let i = 0; i < count; i++) {
      const record = found[i];
      if (record < 0) continue;
      const seen = words[record + ROUND];
      if (seen < round - 1) continue;
      const amount = amounts[i];
      const before = seen === round ? words[record + LAST] : 0;
      words[record + SUM] = words[record + SUM] + amount - before;
      words[record + LAST] = amount;
      words[record + ROUND] = round;
      if (seen !== round && onFirst) onFirst(record);
    }
  }

  /** The records in the order of their coming. */
  *records(): Generator<number, void, void> {
    for (let record = 0; record < this.#end; record += recordWords(this.nameLength(record))) yield record;
  }

  /** Whether the given round (and so every one before) has had the name. */
  has(record: number, round: number): boolean {
    return this.#words[record + ROUND] === round;
  }

  sum(record: number): number {
    return this.#words[record + SUM];
  }

  /** Bytes of the name. */
  nameLength(record: number): number {
    return this.#words[record];
  }

  /** Copies the name to `into[at..]`; returns the index after it. */
  copyName(record: number, into: Uint8Array, at: number): number {
    const bytes = this.#bytes;
    const start = (record + HEADER) * 4;
    const end = start + this.#words[record];
    for (let k = start; k < end; k++) into[at++] = bytes[k];
    return at;
  }

  /** Puts each row's record, or -1, into `#found`: in passes, so that the processor overlaps the cache misses. */
  #find(rows: NameRows): void {
    const { hash, count } = rows;
    const slots = this.#slots;
    const mask = this.#mask;
    const found = this.#found;
    const words = this.#words;
    const lengths = this.#lengths;
    const tails = this.#tails;
    for (let i = 0; i < count; i++) found[i] = slots[2 * (hash[i] & mask) + 1] - 1;
    for (let i = 0; i < count; i++) {
      const h = hash[i];
      let slot = h & mask;
      if (found[i] < 0 || slots[2 * slot] === h) continue;
      do slot = (slot + 1) & mask;
      while (slots[2 * slot + 1] !== 0 && slots[2 * slot] !== h);
      found[i] = slots[2 * slot + 1] - 1;
    }
    for (let i = 0; i < count; i++) {
      const record = Math.max(found[i], 0);
      lengths[i] = words[record];
      tails[i] = words[record + LINE];
    }
    for (let i = 0; i < count; i++) {
      const record = found[i];
      // The first record with this hash is nearly always the one; if not, walk on.
      if (record >= 0 && !this.#isSame(record, lengths[i], rows, i)) {
        found[i] = Math.max(-1, this.#lookUp(rows, i));
      }
    }
  }

  #isSame(record: number, nameLength: number, rows: NameRows, i: number): boolean {
    const start = rows.start[i];
    const length = rows.end[i] - start;
    if (nameLength !== length) return false;
    const begin = (record + HEADER) * 4;
    const bytes = this.#bytes;
    const block = rows.block;
    for (let k = 0; k < length; k++) if (bytes[begin + k] !== block[start + k]) return false;
    return true;
  }

  /** The row's record, or -1 - (its free slot). */
  #lookUp(rows: NameRows, i: number): number {
    const h = rows.hash[i];
    for (let slot = h & this.#mask; ; slot = (slot + 1) & this.#mask) {
      const record = this.#slots[2 * slot + 1] - 1;
      if (record < 0) return -1 - slot;
      if (this.#slots[2 * slot] === h && this.#isSame(record, this.nameLength(record), rows, i))
        return record;
    }
  }

  #insert(rows: NameRows, i: number): void {
    const place = this.#lookUp(rows, i);
    if (place >= 0) {
      this.#words[place + SUM] = rows.amount[i];
      return;
    }
    const start = rows.start[i];
    const end = rows.end[i];
    const record = this.#end;
    this.#end += recordWords(end - start);
    if (this.#end > MAX_WORDS)
      throw new FunctionError('too-large', 'The names of one input take more than 8 GiB');
    if (this.#end > this.#words.length) this.#reserveWords(Math.max(this.#end, this.#words.length * 2));
    this.#words[record] = end - start;
    this.#words[record + ROUND] = 1;
    this.#words[record + SUM] = rows.amount[i];
    for (let k = start, to = (record + HEADER) * 4; k < end; k++, to++) {
      this.#bytes[to] = rows.block[k];
    }
    const slot = -1 - place;
    this.#slots[2 * slot] = rows.hash[i];
    this.#slots[2 * slot + 1] = record + 1;
    this.count++;
    if (this.count * 2 > this.#mask) this.#rehash((this.#mask + 1) * 2);
  }

  #reserveWords(words: number): void {
    if (words <= this.#words.length) return;
    const grown = new Uint32Array(allocateWords(words).buffer);
    grown.set(this.#words.subarray(0, this.#end));
    this.#words = grown;
    this.#bytes = new Uint8Array(grown.buffer);
  }

  #rehash(capacity: number): void {
    const slots = allocateWords(2 * capacity);
    const mask = capacity - 1;
    const old = this.#slots;
    for (let i = 0; i < old.length; i += 2) {
      if (old[i + 1] === 0) continue;
      let slot = old[i] & mask;
      while (slots[2 * slot + 1] !== 0) slot = (slot + 1) & mask;
      slots[2 * slot] = old[i];
      slots[2 * slot + 1] = old[i + 1];
    }
    this.#slots = slots;
    this.#mask = mask;
  }
}
