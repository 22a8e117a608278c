/**
 * A keyed hash of names. Multilinear hashing over bytes (Lemire and Kaser, "Strongly universal string hashing is
 * fast"): without the keys nobody can choose names that fall together more often than once in 2^24. The keys are
 * random for each thread and never leave it.
 */
import { randomFillSync } from 'node:crypto';
import { lineEnd } from '../lines.ts';

const SPAN = 1024;
const keys = randomFillSync(new Int32Array(SPAN + 1));
const LF = 10;
const CR = 13;

/** Spreads 32 bits over all of them (a bijection, MurmurHash3's finalizer), since slots use the low ones. */
function spread(h: number): number {
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}

/** Hash of `bytes[start..end)`, as a signed 32-bit integer. */
export function hashName(bytes: Uint8Array, start: number, end: number): number {
  let sum = keys[SPAN] as number;
  for (;;) {
    const stop = end - start > SPAN ? start + SPAN : end;
    // One is added so that a name and the same name with NULs after it differ.
    for (let i = start; i < stop; i++) {
      sum = (sum + Math.imul(keys[i - start] as number, (bytes[i] as number) + 1)) | 0;
    }
    if (stop === end) return spread(sum);
    sum = spread(sum);
    start = stop;
  }
}

/**
 * Finds the end of the line at `start` and hashes its bytes on the way, as `hashName` does, without the line end (LF,
 * or CRLF). Puts the end of its text and its hash into `into` at `i`; returns the index of its line feed, or the length
 * of the block.
 */
export function scanLine(
  block: Uint8Array,
  start: number,
  into: { readonly end: Int32Array; readonly hash: Int32Array },
  i: number,
): number {
  let sum = keys[SPAN] as number;
  let at = start;
  const limit = Math.min(block.length, start + SPAN);
  for (; at < limit; at++) {
    const byte = block[at] as number;
    if (byte === LF) break;
    sum = (sum + Math.imul(keys[at - start] as number, byte + 1)) | 0;
  }
  if (at === limit) while (at < block.length && block[at] !== LF) at++;
  const end = lineEnd(block, start, at);
  into.end[i] = end;
  if (at - start > SPAN) into.hash[i] = hashName(block, start, end);
  // The sum is linear: a carriage return is taken back.
  else if (end < at) into.hash[i] = spread((sum - Math.imul(keys[end - start] as number, CR + 1)) | 0);
  else into.hash[i] = spread(sum);
  return at;
}

/**
 * Copies `bytes[start..end)` to `into[place..]` and puts its hash into `batch.hash[i]`. Returns false, with nothing in
 * the batch, where a byte is marked as special or where there are too many bytes.
 */
export function copyHashed(
  bytes: Uint8Array,
  start: number,
  end: number,
  into: Uint8Array,
  place: number,
  special: Uint8Array,
  batch: { readonly hash: Int32Array },
  i: number,
): boolean {
  const length = end - start;
  if (length > SPAN) return false;
  let sum = keys[SPAN] as number;
  let marked = 0;
  for (let k = 0; k < length; k++) {
    const byte = bytes[start + k] as number;
    into[place + k] = byte;
    marked |= special[byte] as number;
    sum = (sum + Math.imul(keys[k] as number, byte + 1)) | 0;
  }
  batch.hash[i] = spread(sum);
  return marked === 0;
}
