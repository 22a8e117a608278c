/** The pages of a column chunk, one after the other. */
import { crc32 } from 'node:zlib';
import { broken } from '../columns/place.ts';
import { limits } from '../limits.ts';
import { FunctionError } from '../refusal.ts';
import type { Codec } from './codecs.ts';
import type { Column } from './schema.ts';
import { readStruct, type Struct } from './thrift.ts';
import { readRuns, readValues, type Values } from './values.ts';

const DATA = 0;
const DICTIONARY = 2;
const DATA_V2 = 3;

const ENCODINGS = [
  'PLAIN',
  'GROUP_VAR_INT',
  'PLAIN_DICTIONARY',
  'RLE',
  'BIT_PACKED',
  'DELTA_BINARY_PACKED',
  'DELTA_LENGTH_BYTE_ARRAY',
  'DELTA_BYTE_ARRAY',
  'RLE_DICTIONARY',
  'BYTE_STREAM_SPLIT',
] as const;

const encodingOf = (struct: Struct, field: number): string =>
  ENCODINGS[struct.count(field)] ?? broken('a page has an encoding that does not exist');

/** Some rows of a column. */
export interface Page {
  readonly rows: number;
  /** By row: 1 where there is a value; undefined: there is one in each. */
  readonly present: Uint8Array | undefined;
  /** Those that are there; with `indexes` those of the dictionary. */
  readonly values: Values;
  /** By value: its place in `values`. */
  readonly indexes: Uint32Array | undefined;
}

/** A page whose header was read. */
interface Raw {
  readonly kind: number;
  readonly header: Struct;
  /** Compressed. */
  readonly bytes: Uint8Array;
  /** Not compressed. */
  readonly length: number;
}

/** What a data page has before its values. */
interface Levels {
  readonly rows: number;
  readonly encoding: string;
  /** The values, not compressed. */
  readonly bytes: Uint8Array;
  readonly present: Uint8Array | undefined;
}

function ones(bytes: Uint8Array): number {
  let count = 0;
  for (const byte of bytes) count += byte;
  return count;
}

function rowsOf(struct: Struct, left: number): number {
  const rows = struct.count(1);
  const most = limits.parquetPageRows.value;
  if (rows > left) broken('its pages have more rows than the row group');
  if (rows > most) throw new FunctionError('too-large', `a page has more than ${most} rows`);
  return rows;
}

/** Reads pages of one chunk, as they are asked for. Memory: the dictionary and a page. */
export class Pages {
  readonly #column: Column;
  readonly #codec: Codec;
  readonly #bytes: Uint8Array;
  #at = 0;
  /** Rows that pages still have to have. */
  #left: number;
  #dictionary: Values | undefined;

  /** `bytes`: of the chunk; `rows`: of the row group. */
  constructor(column: Column, codec: Codec, bytes: Uint8Array, rows: number) {
    this.#column = column;
    this.#codec = codec;
    this.#bytes = bytes;
    this.#left = rows;
  }

  /** The next page with rows. @throws FunctionError without the place; `Error` of any kind for what is no page */
  next(): Page {
    for (;;) {
      if (this.#at >= this.#bytes.length)
        broken(`its pages have ${this.#left} rows fewer than the row group`);
      const page = this.#read();
      if (page && page.rows > 0) return page;
    }
  }

  /** To be called after the last row. Pages without rows may follow: pyarrow writes some. */
  end(): void {
    while (this.#at < this.#bytes.length) this.#read();
  }

  /** Reads what comes next; undefined: it was a dictionary. */
  #read(): Page | undefined {
    const raw = this.#raw();
    if (raw.kind === DICTIONARY) {
      this.#takeDictionary(raw);
      return undefined;
    }
    if (raw.kind !== DATA && raw.kind !== DATA_V2)
      broken('it has a page that is neither of data nor of a dictionary');
    const page = this.#page(raw);
    this.#left -= page.rows;
    return page;
  }

  #raw(): Raw {
    const { struct: header, end } = readStruct(this.#bytes, this.#at);
    const size = header.count(3);
    const length = header.count(2);
    const most = limits.parquetPage.value;
    if (length > most)
      throw new FunctionError(
        'too-large',
        `a page has more than ${most >> 20} MiB. Write the file with smaller pages or row groups`,
      );
    if (size > this.#bytes.length - end) broken('a page is longer than the column');
    const bytes = this.#bytes.subarray(end, end + size);
    this.#at = end + size;
    const sum = header.integer(4);
    if (sum !== undefined && crc32(bytes) !== sum >>> 0) broken('a page has another checksum than it says');
    return { kind: header.count(1), header, bytes, length };
  }

  #takeDictionary({ header, bytes, length }: Raw): void {
    if (this.#dictionary) broken('it has two dictionaries');
    const struct = header.struct(7) ?? broken('a dictionary has no header');
    const encoding = encodingOf(struct, 2);
    if (!encoding.startsWith('PLAIN'))
      broken(`its dictionary has the encoding ${encoding}, which is not read`);
    const count = struct.count(1);
    const most = limits.parquetPageRows.value;
    if (count > most) throw new FunctionError('too-large', `its dictionary has more than ${most} values`);
    this.#dictionary = readValues(this.#codec.decompress(bytes, length), this.#column, 'PLAIN', count);
  }

  #page(raw: Raw): Page {
    const { rows, encoding, bytes, present } = raw.kind === DATA ? this.#levels(raw) : this.#levelsV2(raw);
    const count = present ? ones(present) : rows;
    if (!encoding.endsWith('_DICTIONARY')) {
      const values = readValues(bytes, this.#column, encoding, count);
      if (values.length !== count) broken('a page has another number of values than it says');
      return { rows, present, values, indexes: undefined };
    }
    const values = this.#dictionary ?? broken('it lacks the dictionary that a page refers to');
    const indexes = new Uint32Array(count);
    if (count > 0) {
      readRuns(bytes, 1, bytes[0] ?? broken('a page ends too early'), indexes);
      if (indexes.some((index) => index >= values.length))
        broken('a page refers to values that the dictionary does not have');
    }
    return { rows, present, values, indexes };
  }

  #levels({ header, bytes: compressed, length }: Raw): Levels {
    const struct = header.struct(5) ?? broken('a page has no header');
    const rows = rowsOf(struct, this.#left);
    const encoding = encodingOf(struct, 2);
    const bytes = this.#codec.decompress(compressed, length);
    if (!this.#column.optional) return { rows, encoding, bytes, present: undefined };
    const how = encodingOf(struct, 3);
    if (how !== 'RLE') broken(`a page has levels in the encoding ${how}, which is not read`);
    const levels = new DataView(bytes.buffer).getUint32(0, true);
    if (levels > bytes.length - 4) broken('a page ends too early');
    const present = readRuns(bytes.subarray(0, 4 + levels), 4, 1, new Uint8Array(rows));
    // In memory of its own: numbers are looked at by their places in it.
    return { rows, encoding, bytes: bytes.slice(4 + levels), present };
  }

  #levelsV2({ header, bytes, length }: Raw): Levels {
    const struct = header.struct(8) ?? broken('a page has no header');
    const rows = rowsOf(struct, this.#left);
    const encoding = encodingOf(struct, 4);
    const levels = struct.count(5);
    if (struct.count(3) !== rows || struct.count(6) !== 0) broken('a page has lists');
    if (levels > bytes.length || levels > length) broken('a page ends too early');
    const present = this.#column.optional
      ? readRuns(bytes.subarray(0, levels), 0, 1, new Uint8Array(rows))
      : undefined;
    const missing = present ? rows - ones(present) : 0;
    if (struct.count(2) !== missing) broken('a page has another number of missing values than it says');
    const rest = bytes.subarray(levels);
    const left = length - levels;
    // Without values some writers leave the bytes out that their codec begins with.
    if (rows === missing) return { rows, encoding, bytes: new Uint8Array(0), present };
    const values = struct.flag(7) === false ? rest.slice() : this.#codec.decompress(rest, left);
    return { rows, encoding, bytes: values, present };
  }
}
