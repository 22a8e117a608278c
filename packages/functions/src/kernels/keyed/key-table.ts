/**
 * Keys with a few numbers each: an open-addressing hash table over typed arrays. Records lie one after the other in the
 * order of their coming, so that a look-up touches one place among the slots and one among the records. A record, in
 * words of 32 bits: length of the key in bytes | round that had it last, and whether rounds had it again | numbers (64-bit floats) | key, padded to 8 bytes.
 * A record's name in this interface is the index of its first word. A slot is a word: in its low bits the record, as a
 * number of pairs of words, + 1 (0: free); in those above them, as many as are left, the same bits of the key's hash, so that
 * hardly any record is looked at in vain. Memory for a key: 8 bytes and 8 for each number, the key rounded up to 8 bytes, and 8
 * to 16 bytes of slots.
 */

import { limits } from '../../limits.ts';
import { FunctionError } from '../../refusal.ts';
import { allocateWords } from './allocate-words.ts';
import { BATCH, type HashedKeys } from './batches.ts';
import { hashName } from './hash.ts';

const HEADER = 2;
const ROUND = 1;
/** In a record's word of rounds: the round, whether it has had the key again, and how many rounds have, up to 2. */
const ROUND_BITS = 0xffff;
const AGAIN = 0x10000;
const ROUNDS_AGAIN = 0x60000;
const ONE_MORE = 0x20000;
const TWO = 0x40000;
const MAX_WORDS = limits.keyTableWords.value;
const FIRST_SLOTS = 4096;
const FIRST_WORDS = 1 << 14;
/** Words of a line of the cache. */
const LINE = 16;

/** Ones for as many bits as name a record among that many words. */
const lowBits = (words: number): number => 2 ** (32 - Math.clz32((words >>> 1) + 1)) - 1;

export class KeyTable {
  /** Number of keys. */
  count = 0;
  /** Whether there is a key that `isOftenRepeated`. */
  hasOftenRepeated = false;
  /** Floats in a record. */
  readonly #width: number;
  /** At most half of them are used. */
  #slots = new Int32Array(FIRST_SLOTS);
  #mask = FIRST_SLOTS - 1;
  /** The bits of a slot that name a record. */
  #low = lowBits(FIRST_WORDS);
  /** The records: as words and as numbers. */
  #words = new Int32Array(FIRST_WORDS);
  #numbers = new Float64Array(this.#words.buffer);
  #end = 0;
  readonly #lengths = new Int32Array(BATCH);
  /** Read for its being fetched only: a record can reach into the next line of the cache. */
  readonly #tails = new Int32Array(BATCH);

  /** `numbers`: how many each key has; 0 to begin with. */
  constructor(numbers: number) {
    this.#width = numbers;
  }

  /** The numbers of a record begin at `numbers[numbersOf(record)]`. The array is another one after `intern`. */
  get numbers(): Float64Array {
    return this.#numbers;
  }

  numbersOf(record: number): number {
    return (record + HEADER) >>> 1;
  }

  /** Makes room for that many keys of that many bytes in all. */
  reserve(keys: number, keyBytes: number): void {
    let slots = this.#mask + 1;
    while (slots < keys * 2) slots *= 2;
    if (slots > this.#mask + 1) this.#rehash(slots);
    const words = keys * (HEADER + 2 * this.#width + 2) + Math.ceil(keyBytes / 4);
    this.#reserveWords(Math.min(MAX_WORDS, words));
  }

  /** Puts each key's record, or -1, into the batch. In passes, so that the processor overlaps the cache misses. */
  find(batch: HashedKeys): void {
    const { hash, record: found, count } = batch;
    const slots = this.#slots;
    const mask = this.#mask;
    const words = this.#words;
    const lengths = this.#lengths;
    const tails = this.#tails;
    const low = this.#low;
    const high = ~low;
    for (let i = 0; i < count; i++) found[i] = slots[hash[i] & mask];
    for (let i = 0; i < count; i++) {
      const h = hash[i];
      let entry = found[i];
      for (let slot = h & mask; entry !== 0 && ((entry ^ h) & high) !== 0; ) {
        slot = (slot + 1) & mask;
        entry = slots[slot];
      }
      found[i] = entry === 0 ? -1 : ((entry & low) - 1) << 1;
    }
    for (let i = 0; i < count; i++) {
      const record = Math.max(found[i], 0);
      lengths[i] = words[record];
      tails[i] = words[record + LINE];
    }
    for (let i = 0; i < count; i++) {
      const record = found[i];
      // The first record with these bits of the hash is nearly always the one; if not, walk on.
      if (record >= 0 && !this.#isSame(record, lengths[i], batch, i)) {
        found[i] = Math.max(-1, this.#lookUp(batch, i));
      }
    }
  }

  /** Like `find`, but makes the records that are missing, with round 0. */
  intern(batch: HashedKeys): void {
    this.find(batch);
    for (let i = 0; i < batch.count; i++) {
      if (batch.record[i] < 0) batch.record[i] = this.#insert(batch, i);
    }
  }

  /**
   * Notes that the round (1, 2, ...) has had the keys. With `inner`, keys that an earlier round lacks lose their record.
   * `onFirst` is called with each record that the round has had once, in the order of the keys.
   */
  mark(
    { record: found, count }: HashedKeys,
    round: number,
    inner: boolean,
    onFirst?: (record: number) => void,
  ): void {
    const words = this.#words;
    for (let i = 0; i < count; i++) {
      const record = found[i];
      if (record < 0) continue;
      const state = words[record + ROUND];
      const seen = state & ROUND_BITS;
      if (inner && seen < round - 1) found[i] = -1;
      else if (seen !== round) {
        words[record + ROUND] = (state & ROUNDS_AGAIN) | round;
        if (onFirst) onFirst(record);
      } else if ((state & AGAIN) === 0) {
        const more = (state & TWO) === 0 ? state + ONE_MORE : state;
        words[record + ROUND] = more | AGAIN;
        if ((more & TWO) !== 0) this.hasOftenRepeated = true;
      }
    }
  }

  /** Adds 1 to the `offset`-th number of each key's record. */
  countKeys({ record: found, count }: HashedKeys, offset: number): void {
    const numbers = this.#numbers;
    for (let i = 0; i < count; i++) {
      const record = found[i];
      if (record >= 0) numbers[this.numbersOf(record) + offset]++;
    }
  }

  /** The `offset`-th number of a record. */
  number(record: number, offset: number): number {
    return this.#numbers[this.numbersOf(record) + offset];
  }

  /** The records whose last round is the given one (without it: all), in the order of their coming. */
  recordsAt(round?: number): Int32Array {
    const found = new Int32Array(this.count);
    const words = this.#words;
    let count = 0;
    for (let record = 0; record < this.#end; record += this.#size(words[record])) {
      if (round === undefined || (words[record + ROUND] & ROUND_BITS) === round) found[count++] = record;
    }
    return found.subarray(0, count);
  }

  /** Bytes of the key. */
  keyLength(record: number): number {
    return this.#words[record];
  }

  /** The round that had it last. */
  round(record: number): number {
    return this.#words[record + ROUND] & ROUND_BITS;
  }

  /** Whether two rounds or more have had it several times each. */
  isOftenRepeated(record: number): boolean {
    return (this.#words[record + ROUND] & TWO) !== 0;
  }

  /** Copies the key to the bytes from `at` on of a view; returns the index after it. It may write up to 3 bytes more. */
  copyKey(record: number, into: DataView, at: number): number {
    const words = this.#words;
    const end = at + words[record];
    let word = this.#keyStart(record);
    for (; at < end; at += 4) into.setInt32(at, words[word++], true);
    return end;
  }

  #size(keyLength: number): number {
    return HEADER + 2 * this.#width + 2 * ((keyLength + 7) >>> 3);
  }

  #isSame(record: number, keyLength: number, batch: HashedKeys, i: number): boolean {
    const from = batch.start[i];
    const length = batch.end[i] - from;
    if (keyLength !== length) return false;
    const words = this.#words;
    const given = batch.words;
    const start = from >>> 2;
    const begin = this.#keyStart(record);
    const count = (length + 3) >>> 2;
    for (let k = 0; k < count; k++) if (words[begin + k] !== given[start + k]) return false;
    return true;
  }

  /** The key's record, or -1 - (its free slot). */
  #lookUp(batch: HashedKeys, i: number): number {
    const h = batch.hash[i];
    for (let slot = h & this.#mask; ; slot = (slot + 1) & this.#mask) {
      const entry = this.#slots[slot];
      if (entry === 0) return -1 - slot;
      if (((entry ^ h) & ~this.#low) !== 0) continue;
      const record = ((entry & this.#low) - 1) << 1;
      if (this.#isSame(record, this.keyLength(record), batch, i)) return record;
    }
  }

  #insert(batch: HashedKeys, i: number): number {
    // An earlier row of the batch may have made it.
    const place = this.#lookUp(batch, i);
    if (place >= 0) return place;
    const start = batch.start[i];
    const end = batch.end[i];
    const record = this.#end;
    this.#end += this.#size(end - start);
    if (this.#end > MAX_WORDS)
      throw new FunctionError('too-large', 'The keys of one input take more than 8 GiB.');
    if (this.#end > this.#words.length) this.#reserveWords(Math.max(this.#end, this.#words.length * 2));
    this.#words[record] = end - start;
    const words = this.#words;
    const given = batch.words;
    const begin = this.#keyStart(record);
    for (let k = start >>> 2, to = begin; k << 2 < end; k++, to++) words[to] = given[k];
    this.#slots[-1 - place] = this.#entry(batch.hash[i], record);
    this.count++;
    if (this.count * 2 > this.#mask) this.#rehash((this.#mask + 1) * 2);
    return record;
  }

  #entry(hash: number, record: number): number {
    return (hash & ~this.#low) | ((record >>> 1) + 1);
  }

  #reserveWords(words: number): void {
    if (words <= this.#words.length) return;
    const grown = allocateWords(Math.min(MAX_WORDS, words + (words & 1)));
    grown.set(this.#words.subarray(0, Math.min(this.#end, this.#words.length)));
    this.#words = grown;
    this.#numbers = new Float64Array(grown.buffer);
    const low = lowBits(grown.length);
    const slots = this.#slots;
    // Records take more bits, and leave fewer to the hash.
    if (this.count > 0 && low !== this.#low) {
      for (let i = 0; i < slots.length; i++) {
        const entry = slots[i];
        if (entry !== 0) slots[i] = (entry & ~low) | (entry & this.#low);
      }
    }
    this.#low = low;
  }

  /** Hashes are not kept: they are made again from the keys. */
  #rehash(capacity: number): void {
    const slots = allocateWords(capacity);
    const mask = capacity - 1;
    const view = new DataView(this.#words.buffer);
    for (const record of this.recordsAt()) {
      const start = this.#keyStart(record) * 4;
      const hash = hashName(view, start, start + this.keyLength(record));
      let slot = hash & mask;
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = this.#entry(hash, record);
    }
    this.#slots = slots;
    this.#mask = mask;
  }

  /** Index of the key's first word. */
  #keyStart(record: number): number {
    return record + HEADER + 2 * this.#width;
  }
}
