/** Cutting CSV records (RFC 4180) into fields, in place. */

import { limits } from '../limits.ts';
import { FunctionError } from '../refusal.ts';
import { findBelow } from '../text/lines.ts';

const LF = 10;
const CR = 13;
const COMMA = 0x2c;
const QUOTE = 0x22;
const PLAIN = 0;
const END = 1;
const DELIMITER = 2;
const QUOTED = 3;
const RETURN = 4;
const SPECIAL = 5;

/** Most columns of a table. */
const MAX_FIELDS = limits.tableColumns.value;

/** The fields of the record that was read last, without the quotes around them. */
export class RecordReader {
  /** Number of fields. */
  count = 0;
  /** The block that the record is in. */
  block: Uint8Array = new Uint8Array(0);
  /** The same bytes. */
  view: DataView = new DataView(this.block.buffer);
  readonly #start = new Int32Array(MAX_FIELDS);
  readonly #end = new Int32Array(MAX_FIELDS);
  /** 1 where the text has doubled quotes in it. */
  readonly #doubled = new Uint8Array(MAX_FIELDS);
  /** Whether the record has a field that cannot stand in a CSV file as it is: with quotes, commas or carriage returns. */
  special = false;
  readonly #kinds = new Uint8Array(256);
  /** No byte above it is anything but text. */
  readonly #highest: number;

  /** `delimiter`: one ASCII character. Without `quotes` a quote is a character like others. */
  constructor(delimiter: string, { quotes = true }: { readonly quotes?: boolean } = {}) {
    this.#kinds[LF] = END;
    this.#kinds[CR] = RETURN;
    this.#kinds[COMMA] = SPECIAL;
    this.#kinds[QUOTE] = quotes ? QUOTED : SPECIAL;
    this.#kinds[delimiter.charCodeAt(0)] = DELIMITER;
    this.#highest = this.#kinds.findLastIndex((kind) => kind !== PLAIN);
  }

  /** Takes a block of whole records. */
  open(block: Uint8Array): void {
    this.block = block;
    this.view = new DataView(block.buffer, block.byteOffset, block.byteLength);
    this.count = 0;
  }

  /**
   * Reads the record that begins at `position` of the block; returns the position after it. An empty line is a record of one
   * empty field. Throws `FunctionError` without the row, which the caller knows.
   */
  read(position: number): number {
    const { block, view } = this;
    const kinds = this.#kinds;
    const highest = this.#highest;
    const [start, end] = [this.#start, this.#end];
    const { length } = block;
    let field = 0;
    let at = position;
    start[0] = position;
    this.special = false;
    this.#doubled[0] = 0;
    for (; ; at++) {
      at = findBelow(block, view, at, highest + 1);
      if (at === length) break;
      const kind = kinds[view.getUint8(at)];
      if (kind === PLAIN) continue;
      if (kind === END) break;
      if (kind === DELIMITER) {
        end[field++] = at;
        this.#begin(field, at + 1);
        continue;
      }
      if (kind === RETURN && (at + 1 === length || block[at + 1] === LF)) {
        end[field] = at;
        this.count = field + 1;
        return at + 2;
      }
      this.special = true;
      if (kind !== QUOTED) continue;
      at = this.#readQuoted(block, at, field);
      // It is over: what follows is a delimiter or the end of the record.
      if (at === length || kinds[view.getUint8(at)] !== DELIMITER) {
        this.count = field + 1;
        return this.#endAfterQuoted(block, at, field);
      }
      this.#begin(++field, at + 1);
    }
    end[field] = at;
    this.count = field + 1;
    return at + 1;
  }

  #begin(field: number, at: number): void {
    if (field === MAX_FIELDS) throw new FunctionError('too-large', `it has more than ${MAX_FIELDS} columns`);
    this.#start[field] = at;
    this.#doubled[field] = 0;
  }

  /** Reads the quoted field whose quote is at `at`; returns the index after its closing quote. */
  #readQuoted(block: Uint8Array, at: number, field: number): number {
    if (at !== this.#start[field]) {
      throw new FunctionError(
        'invalid-input',
        `column ${field + 1} has a quote inside a field without quotes around it`,
      );
    }
    this.#start[field] = at + 1;
    for (let close = at + 1; ; close++) {
      close = block.indexOf(QUOTE, close);
      if (close < 0)
        throw new FunctionError('invalid-input', `column ${field + 1} has a quote that is not closed`);
      if (block[close + 1] !== QUOTE) {
        this.#end[field] = close;
        return close + 1;
      }
      this.#doubled[field] = 1;
      close++;
    }
  }

  /** The last field was quoted and ends before `at`; returns the position after the record. */
  #endAfterQuoted(block: Uint8Array, at: number, field: number): number {
    if (at >= block.length || block[at] === LF) return at + 1;
    if (block[at] === CR && (at + 1 >= block.length || block[at + 1] === LF)) return at + 2;
    throw new FunctionError('invalid-input', `column ${field + 1} has text after its closing quote`);
  }

  /** Where the field begins in the block. @throws RangeError for a field that the record does not have */
  startOf(field: number): number {
    return this.#within(this.#start[field], field);
  }

  /** Where the field ends in the block. @throws RangeError for a field that the record does not have */
  endOf(field: number): number {
    return this.#within(this.#end[field], field);
  }

  #within(at: number | undefined, field: number): number {
    if (at === undefined || field >= this.count) throw new RangeError(`the record has no field ${field}`);
    return at;
  }

  /** Moves the bounds of a field inwards. */
  narrow(field: number, start: number, end: number): void {
    this.#start[field] = start;
    this.#end[field] = end;
  }

  hasDoubledQuotes(field: number): boolean {
    return this.#doubled[field] === 1;
  }

  /** Whether the record is an empty line. */
  get isEmpty(): boolean {
    return this.count === 1 && this.#start[0] === this.#end[0];
  }

  /** The bytes of a field, doubled quotes made single: a copy. */
  bytes(field: number): Uint8Array {
    const bytes = this.block.slice(this.startOf(field), this.endOf(field));
    if (!this.hasDoubledQuotes(field)) return bytes;
    let used = 0;
    let doubled = false;
    for (const byte of bytes) {
      // The second of two quotes.
      const skipped: boolean = doubled && byte === QUOTE;
      doubled = byte === QUOTE && !skipped;
      if (!skipped) bytes[used++] = byte;
    }
    return bytes.subarray(0, used);
  }

  /** The text of a field. For headers. */
  text(field: number): string {
    return Buffer.from(this.bytes(field)).toString();
  }
}
