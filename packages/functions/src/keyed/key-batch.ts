import { BATCH, type HashedKeys } from '../kernels/keyed/batches.ts';
import { copyHashed, copyHashedUntil, finishHashed, hashName, viewOf } from '../kernels/keyed/hash.ts';
import { lineEnd } from '../text/lines.ts';
import type { ByteSink } from './sink.ts';

/** Bytes that there is room for at first. */
const ROOM = 1 << 16;
/** Most bytes that a line is copied in while its end is looked for. */
const MAX_FUSED = 1024;

const LF = 10;

/**
 * A batch of keys, with their hashes and the records that a table has found for them. Key `i` is `bytes[start[i]..end[i])`;
 * keys begin at multiples of 4, and zeros are between them, so that they can be compared and copied as words.
 */
export class KeyBatch implements HashedKeys, ByteSink {
  count = 0;
  /** Bytes that whole keys take, padding included. */
  used = 0;
  /** After what was written of the next key, which begins at `used`. */
  at = 0;
  words = new Int32Array(ROOM / 4);
  bytes = new Uint8Array(this.words.buffer);
  readonly start = new Int32Array(BATCH);
  readonly end = new Int32Array(BATCH);
  readonly hash = new Int32Array(BATCH);
  readonly record = new Int32Array(BATCH);

  get isFull(): boolean {
    return this.count === BATCH;
  }

  clear(): void {
    this.count = 0;
    this.used = 0;
    this.at = 0;
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
    this.reserve(end - start);
    this.#note(this.used + end - start, copyHashed(view, start, end, this));
  }

  /** Adds the line of the block that begins at `start`, without its end (LF or CRLF); returns the index of its line feed, or the length. */
  addLine(block: Uint8Array, view: DataView, start: number): number {
    this.reserve(MAX_FUSED);
    const copied = copyHashedUntil(view, start, LF + 1, this);
    let stop = copied;
    const near = Math.min(block.length, copied + 4);
    while (stop < near && block[stop] !== LF) stop++;
    // Usually the line feed is in the word that ended it. If not, it ended at a control character, or the line is long.
    if (stop === near && stop < block.length) {
      stop = block.indexOf(LF, stop);
      if (stop < 0) stop = block.length;
    }
    const end = lineEnd(block, start, stop);
    if (end < copied || end - copied > 3) this.add(view, start, end);
    else this.#note(this.used + end - start, finishHashed(view, start, end, this));
    return stop;
  }

  /** Adds the key that was written to `bytes[used..at)`. */
  finish(): void {
    const end = this.at;
    const hash = hashName(viewOf(this.bytes), this.used, end);
    for (let at = end; (at & 3) !== 0; at++) this.bytes[at] = 0;
    this.#note(end, hash);
  }

  /** Notes the key that begins at `used` and ends at `end`. */
  #note(end: number, hash: number): void {
    const i = this.count++;
    this.start[i] = this.used;
    this.end[i] = end;
    this.hash[i] = hash;
    this.used = (end + 3) & ~3;
    this.at = this.used;
  }
}
