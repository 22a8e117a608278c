/** Keys of one or several columns as one run of bytes: as they stand in a CSV file, so that different keys differ. */
import type { RecordReader } from '../csv/record.ts';
import { FunctionError } from '../function.ts';
import { copyHashed, hashName, viewOf } from '../join/hash.ts';
import { BATCH, KeyBatch } from '../sets/batch.ts';

const QUOTE = 0x22;
const COMMA = 0x2c;
const ROOM = 1 << 16;
const PADDING = 4;

/** 1 for the bytes that a field must be quoted for. */
const SPECIAL = new Uint8Array(256);
for (const character of ',"\r\n') SPECIAL[character.charCodeAt(0)] = 1;

/** Copies a field's text as a CSV field; returns the index after it. There is room for twice its length and two more. */
export function writeField(
  text: Uint8Array,
  start: number,
  end: number,
  into: Uint8Array,
  at: number,
): number {
  let special = 0;
  let to = at;
  for (let i = start; i < end; i++) {
    const byte = text[i] as number;
    special |= SPECIAL[byte] as number;
    into[to++] = byte;
  }
  if (special === 0) return to;
  to = at;
  into[to++] = QUOTE;
  for (let i = start; i < end; i++) {
    const byte = text[i] as number;
    if (byte === QUOTE) into[to++] = QUOTE;
    into[to++] = byte;
  }
  into[to++] = QUOTE;
  return to;
}

/** Gathers the keys of a batch. */
export class KeyWriter {
  readonly batch = new KeyBatch();
  #room = new Uint8Array(ROOM);
  #words = new Int32Array(this.#room.buffer);
  #used = 0;

  constructor() {
    this.batch.align(this.#room, this.#words);
  }

  get full(): boolean {
    return this.batch.count === BATCH;
  }

  clear(): void {
    this.batch.count = 0;
    this.#used = 0;
  }

  /** Adds the key of a record. Throws `FunctionError` for one that is empty. */
  add(block: Uint8Array, view: DataView, reader: RecordReader, fields: readonly number[]): void {
    const { batch } = this;
    const i = batch.count++;
    let needed = 0;
    for (const field of fields) needed += (reader.end[field] as number) - (reader.start[field] as number);
    if (needed === 0) throw new FunctionError('its key is empty');
    this.#reserve(2 * needed + 3 * fields.length + PADDING);
    const start = this.#used;
    batch.start[i] = start;
    if (fields.length === 1 && !reader.special) {
      const only = fields[0] as number;
      const [from, to] = [reader.start[only] as number, reader.end[only] as number];
      batch.hash[i] = copyHashed(view, from, to, this.#words, start >>> 2);
      // What the padding took is zeros already.
      this.#used = start + needed;
    } else {
      this.#addFields(block, reader, fields);
      batch.hash[i] = hashName(viewOf(this.#room), start, this.#used);
    }
    batch.end[i] = this.#used;
    this.#align();
  }

  /** The next key begins at a multiple of 4; the bytes before it are 0. */
  #align(): void {
    const room = this.#room;
    while ((this.#used & 3) !== 0) room[this.#used++] = 0;
  }

  #addFields(block: Uint8Array, reader: RecordReader, fields: readonly number[]): void {
    for (const [place, field] of fields.entries()) {
      if (place > 0) this.#room[this.#used++] = COMMA;
      let [text, start, end] = [block, reader.start[field] as number, reader.end[field] as number];
      if (reader.doubled[field] === 1) {
        text = reader.bytes(block, field);
        [start, end] = [0, text.length];
      }
      this.#used = writeField(text, start, end, this.#room, this.#used);
    }
  }

  #reserve(bytes: number): void {
    if (this.#used + bytes <= this.#room.length) return;
    const grown = new Uint8Array((Math.max(this.#used + bytes, 2 * this.#room.length) + 3) & ~3);
    grown.set(this.#room.subarray(0, this.#used));
    this.#room = grown;
    this.#words = new Int32Array(grown.buffer);
    this.batch.align(grown, this.#words);
  }
}
