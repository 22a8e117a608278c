/**
 * A keyed hash of names. Multilinear hashing (Lemire and Kaser, "Strongly universal string hashing is fast") over words
 * that are cut into pieces of 11, 11 and 10 bits: without the keys nobody can choose names that fall together more often
 * than once in 2^22. The keys are random for each thread and never leave it.
 */
import { randomFillSync } from 'node:crypto';

/** Bytes hashed in one go. */
const SPAN = 1024;
const PIECES = 3 * (SPAN / 4);
const keys = randomFillSync(new Int32Array(PIECES + 2));

/** Spreads 32 bits over all of them (a bijection, MurmurHash3's finalizer), since slots use the low ones. */
function spread(h: number): number {
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}

/** Of the length: names that differ in zeros at their ends alone differ in it. */
const ofLength = (length: number): number =>
  (keys[PIECES] + Math.imul(keys[PIECES + 1], length & 0x7ff) + (length >>> 11)) | 0;

const add = (sum: number, word: number, place: number): number =>
  (sum +
    Math.imul(keys[place], word & 0x7ff) +
    Math.imul(keys[place + 1], (word >>> 11) & 0x7ff) +
    Math.imul(keys[place + 2], word >>> 22)) |
  0;

/** The last one to three bytes as a word. */
function lastWord(view: DataView, at: number, end: number): number {
  let word = 0;
  for (let shift = 0; at < end; at++, shift += 8) word |= view.getUint8(at) << shift;
  return word;
}

/** A view of a block's bytes, as the functions here want it. */
export function viewOf(block: Uint8Array): DataView {
  return new DataView(block.buffer, block.byteOffset, block.byteLength);
}

/** Hash of the bytes `start..end` of a view, as a signed 32-bit integer. */
export function hashName(view: DataView, start: number, end: number): number {
  let sum = ofLength(end - start);
  let place = 0;
  let at = start;
  for (; at + 4 <= end; at += 4) {
    if (place === PIECES) {
      sum = spread(sum);
      place = 0;
    }
    sum = add(sum, view.getInt32(at, true), place);
    place += 3;
  }
  if (at < end) {
    // Longer names end in a word of their own, so that no key is used twice between two spreads.
    if (place === PIECES) sum = spread(sum);
    sum = add(sum, lastWord(view, at, end), place === PIECES ? 0 : place);
  }
  return spread(sum);
}

/** Where the words of a key are copied to: from the byte `used` on, a multiple of 4. There must be room. */
export interface WordTarget {
  readonly words: Int32Array;
  readonly used: number;
}

/** Copies the bytes `start..end` of a view, padded with zeros to a word; returns their hash. */
export function copyHashed(view: DataView, start: number, end: number, target: WordTarget): number {
  const into = target.words;
  let place = target.used >>> 2;
  if (end - start > SPAN) {
    for (let at = start; at < end; at += 4) {
      into[place++] = at + 4 <= end ? view.getInt32(at, true) : lastWord(view, at, end);
    }
    return hashName(view, start, end);
  }
  let sum = ofLength(end - start);
  let piece = 0;
  let at = start;
  for (; at + 4 <= end; at += 4) {
    const word = view.getInt32(at, true);
    into[place++] = word;
    sum = add(sum, word, piece);
    piece += 3;
  }
  if (at < end) {
    const word = lastWord(view, at, end);
    into[place] = word;
    sum = add(sum, word, piece);
  }
  return spread(sum);
}

/**
 * Copies and hashes as `copyHashed` does while no byte is below `bound`, four bytes at a time, at most 1024. Returns the index
 * of the first byte that it has not copied; `finishHashed` takes the rest.
 */
export function copyHashedUntil(view: DataView, start: number, bound: number, target: WordTarget): number {
  const into = target.words;
  let place = target.used >>> 2;
  const bounds = Math.imul(bound, 0x01010101);
  const last = Math.min(view.byteLength, start + SPAN) - 4;
  let sum = 0;
  let at = start;
  for (let piece = 0; at <= last; at += 4, piece += 3) {
    const word = view.getInt32(at, true);
    // See `findBelow`.
    if (((word - bounds) & ~word & 0x80808080) !== 0) break;
    into[place++] = word;
    sum = add(sum, word, piece);
  }
  partial = sum;
  reached = at;
  return at;
}

/** Of the last call of `copyHashedUntil`: the sum of what it copied, and what it returned. */
let partial = 0;
let reached = 0;

/**
 * The hash of the name `start..end`, of whose words `copyHashedUntil` has just copied the first ones to the same target; at most
 * three bytes are left, which it copies, padded with zeros. The same as `hashName`.
 */
export function finishHashed(view: DataView, start: number, end: number, target: WordTarget): number {
  const at = reached;
  const sum = (partial + ofLength(end - start)) | 0;
  if (at >= end) return spread(sum);
  const word = lastWord(view, at, end);
  const words = (at - start) >>> 2;
  target.words[(target.used >>> 2) + words] = word;
  // No key is left for a word after the span: such names are spread in between.
  return 3 * words < PIECES ? spread(add(sum, word, 3 * words)) : hashName(view, start, end);
}
