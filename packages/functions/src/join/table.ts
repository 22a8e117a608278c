/**
 * Names and their running sums: an open-addressing hash table over typed arrays. The names come from one input (the
 * first round); later rounds only find them. A name's record is four words:
 * where it begins in the arena | the last round that had it | sum of all rounds | amount of the last round.
 * The next record's beginning is the name's end. Sums wrap at 2^32, as the contract has it.
 */
import { FunctionError } from '../function.ts';
import type { Rows } from './rows.ts';

const WORDS = 4;
const ROUND = 1;
const SUM = 2;
const LAST = 3;
const MAX_ARENA = 0xffff_ffff;

function grown<T extends Uint8Array | Uint32Array>(array: T, make: (length: number) => T, needed: number): T {
  const next = make(Math.max(needed, array.length * 2));
  next.set(array);
  return next;
}

export class NameTable {
  /** Names in the table; they are numbered from 0 in the order of their coming. */
  count = 0;
  /** Pairs of words: hash, and the name's number + 1 (0: free). At most half of them are used. */
  #slots = new Int32Array(2 * 4096);
  #mask = 4095;
  #records = new Uint32Array(2048 * WORDS);
  #arena = new Uint8Array(64 * 1024);
  #arenaEnd = 0;
  readonly #found = new Int32Array(1024);

  /** Makes room for that many names of that many bytes in all. */
  reserve(names: number, bytes: number): void {
    let slots = this.#mask + 1;
    while (slots < names * 2) slots *= 2;
    if (slots > this.#mask + 1) this.#rehash(slots);
    const words = (names + 1) * WORDS;
    if (words > this.#records.length) this.#records = grown(this.#records, (n) => new Uint32Array(n), words);
    if (bytes > this.#arena.length) this.#arena = grown(this.#arena, (n) => new Uint8Array(n), bytes);
  }

  /** First round: takes the rows in; the last amount of a name wins. */
  build(rows: Rows): void {
    this.#find(rows);
    for (let i = 0; i < rows.count; i++) {
      const name = this.#found[i] as number;
      if (name >= 0) this.#records[name * WORDS + SUM] = rows.amount[i] as number;
      else this.#insert(rows, i);
    }
  }

  /**
   * A later round (2, 3, ...): adds the rows' amounts to the names that every round before has had; the last
   * amount of a name wins. `onFirst` hears each such name once, in the order of the rows.
   */
  join(rows: Rows, round: number, onFirst?: (name: number) => void): void {
    this.#find(rows);
    const records = this.#records;
    for (let i = 0; i < rows.count; i++) {
      const name = this.#found[i] as number;
      if (name < 0) continue;
      const record = name * WORDS;
      const seen = records[record + ROUND] as number;
      if (seen < round - 1) continue;
      const amount = rows.amount[i] as number;
      const before = seen === round ? (records[record + LAST] as number) : 0;
      records[record + SUM] = (records[record + SUM] as number) + amount - before;
      records[record + LAST] = amount;
      records[record + ROUND] = round;
      if (seen !== round) onFirst?.(name);
    }
  }

  /** The name's sum if the given round has had it, else -1. */
  sum(name: number, round: number): number {
    return this.#records[name * WORDS + ROUND] === round ? (this.#records[name * WORDS + SUM] as number) : -1;
  }

  /** The name's bytes, a view. */
  name(name: number): Uint8Array {
    return this.#arena.subarray(this.#records[name * WORDS], this.#records[(name + 1) * WORDS]);
  }

  /** Puts each row's name, or -1, into `#found`: in passes, so that the processor overlaps the cache misses. */
  #find(rows: Rows): void {
    const { hash, count } = rows;
    const slots = this.#slots;
    const mask = this.#mask;
    const found = this.#found;
    for (let i = 0; i < count; i++) {
      const h = hash[i] as number;
      let slot = h & mask;
      while (slots[2 * slot + 1] !== 0 && slots[2 * slot] !== h) slot = (slot + 1) & mask;
      found[i] = (slots[2 * slot + 1] as number) - 1;
    }
    for (let i = 0; i < count; i++) {
      const name = found[i] as number;
      // The first name with this hash is nearly always the one; if not, walk on.
      if (name >= 0 && !this.#same(name, rows, i)) found[i] = this.#walk(rows, i);
    }
  }

  #same(name: number, rows: Rows, i: number): boolean {
    const begin = this.#records[name * WORDS] as number;
    const length = (this.#records[(name + 1) * WORDS] as number) - begin;
    const start = rows.start[i] as number;
    if ((rows.end[i] as number) - start !== length) return false;
    const arena = this.#arena;
    const block = rows.block;
    for (let k = 0; k < length; k++) if (arena[begin + k] !== block[start + k]) return false;
    return true;
  }

  /** The row's name, or -1 - (its free slot). */
  #slotOf(rows: Rows, i: number): number {
    const h = rows.hash[i] as number;
    for (let slot = h & this.#mask; ; slot = (slot + 1) & this.#mask) {
      const name = (this.#slots[2 * slot + 1] as number) - 1;
      if (name < 0) return -1 - slot;
      if (this.#slots[2 * slot] === h && this.#same(name, rows, i)) return name;
    }
  }

  #walk(rows: Rows, i: number): number {
    return Math.max(-1, this.#slotOf(rows, i));
  }

  #insert(rows: Rows, i: number): void {
    const place = this.#slotOf(rows, i);
    if (place >= 0) {
      this.#records[place * WORDS + SUM] = rows.amount[i] as number;
      return;
    }
    const name = this.count++;
    const start = rows.start[i] as number;
    const end = rows.end[i] as number;
    const record = name * WORDS;
    const arenaEnd = this.#arenaEnd + end - start;
    if (arenaEnd > MAX_ARENA)
      throw new FunctionError('Names of more than 4 GiB in one input cannot be joined');
    if (arenaEnd > this.#arena.length) this.reserve(0, Math.max(arenaEnd, this.#arena.length * 2));
    if (record + 2 * WORDS > this.#records.length) this.reserve(this.count * 2, 0);
    for (let k = start, to = this.#arenaEnd; k < end; k++, to++) this.#arena[to] = rows.block[k] as number;
    this.#records[record] = this.#arenaEnd;
    this.#records[record + ROUND] = 1;
    this.#records[record + SUM] = rows.amount[i] as number;
    this.#records[record + WORDS] = arenaEnd;
    this.#arenaEnd = arenaEnd;
    const slot = -1 - place;
    this.#slots[2 * slot] = rows.hash[i] as number;
    this.#slots[2 * slot + 1] = this.count;
    if (this.count * 2 > this.#mask) this.#rehash((this.#mask + 1) * 2);
  }

  #rehash(capacity: number): void {
    const slots = new Int32Array(2 * capacity);
    const mask = capacity - 1;
    const old = this.#slots;
    for (let i = 0; i < old.length; i += 2) {
      if (old[i + 1] === 0) continue;
      let slot = (old[i] as number) & mask;
      while (slots[2 * slot + 1] !== 0) slot = (slot + 1) & mask;
      slots[2 * slot] = old[i] as number;
      slots[2 * slot + 1] = old[i + 1] as number;
    }
    this.#slots = slots;
    this.#mask = mask;
  }
}
