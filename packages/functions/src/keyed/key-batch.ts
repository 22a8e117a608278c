import { BATCH, type HashedKeys } from '../kernels/keyed/batches.ts';
import { copyHashed, copyHashedUntil, finishHashed, hashName, viewOf } from '../kernels/keyed/hash.ts';
import { lineEnd } from '../text/lines.ts';

/** Bytes that there is room for at first. */
const ROOM = 1 << 16;
/** Most bytes that a line is copied in while its end is looked for. */
const MAX_FUSED = 1024;
const LF = 10;

/**
 * A batch of keys, with their hashes and the records that a table has found for them. Key `i` is `bytes[start[i]..end[i])`;
 * keys begin at multiples of 4, and zeros are between them, so that they can be compared and copied as words.
 */
export class KeyBatch implements HashedKeys {
  count = 0;
  /** Bytes that keys take, padding included. */
  used = 0;
  words = new Int32Array(ROOM / 4);
  bytes = new Uint8Array(this.words.buffer);
  readonly start = new Int32Array(BATCH);
  readonly end = new Int32Array(BATCH);
  readonly hash = new Int32Array(BATCH);
  /** Index of the record, or -1. */
  readonly record = new Int32Array(BATCH);

  get full(): boolean {
    return this.count === BATCH;
  }

  clear(): void {
    this.count = 0;
    this.used = 0;
  }

  /** Makes room for another key of that many bytes. */
  reserve(length: number): void {
    const needed = this.used + length + 4;
    if (needed <= this.bytes.length) return;
    const grown = new Int32Array((Math.max(needed, 2 * this.bytes.length) + 3) >>> 2);
    grown.set(this.words);
    this.words = grown;
    this.bytes = new Uint8Array(grown.buffer);
  }

  /** Adds the bytes `start..end` of a view as a key. */
  add(view: DataView, start: number, end: number): void {
    const length = end - start;
    this.reserve(length);
    const i = this.count++;
    const at = this.used;
    this.start[i] = at;
    this.end[i] = at + length;
    this.hash[i] = copyHashed(view, start, end, this.words, at >>> 2);
    this.used = (at + length + 3) & ~3;
  }

  /** Adds the line of the block that begins at `start`, without its end (LF or CRLF); returns the index of its line feed, or the length. */
  addLine(block: Uint8Array, view: DataView, start: number): number {
    this.reserve(MAX_FUSED);
    const at = this.used;
    const copied = copyHashedUntil(view, start, LF + 1, this.words, at >>> 2);
    let stop = copied;
    const near = Math.min(block.length, copied + 4);
    while (stop < near && block[stop] !== LF) stop++;
    // Usually the line feed is in the word that ended it. If not, it ended at a control character, or the line is long.
    if (stop === near && stop < block.length) {
      stop = block.indexOf(LF, stop);
      if (stop < 0) stop = block.length;
    }
    const end = lineEnd(block, start, stop);
    if (end < copied || end - copied > 3) {
      this.add(view, start, end);
      return stop;
    }
    const i = this.count++;
    this.start[i] = at;
    this.end[i] = at + end - start;
    this.hash[i] = finishHashed(view, start, copied, end, this.words, at >>> 2);
    this.used = (at + end - start + 3) & ~3;
    return stop;
  }

  /** Adds the key that was written to `bytes[used..end)`. */
  finish(end: number): void {
    const i = this.count++;
    this.start[i] = this.used;
    this.end[i] = end;
    this.hash[i] = hashName(viewOf(this.bytes), this.used, end);
    let at = end;
    while ((at & 3) !== 0) this.bytes[at++] = 0;
    this.used = at;
  }
}
