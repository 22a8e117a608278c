/**
 * FlatBuffers (https://flatbuffers.dev/internals), as Arrow's metadata are: a tree of tables that point at each other. The bytes are a
 * stranger's: each place is looked at before it is read, and what is read of one buffer is counted, since many places may point at one.
 */
import { isUtf8 } from 'node:buffer';
import { broken } from '../columns/place.ts';
import { limits } from '../limits.ts';
import { FunctionError } from '../refusal.ts';

const MOST = limits.arrowNodes.value;
/** Bytes of a text that count as much as a table does. */
const TEXT_PER_NODE = 16;
/** A table begins with the distance to its list of fields; the list, with its length and that of the table. */
const FIELDS = 4;

/** What all tables of one buffer share. */
class Source {
  readonly #view: DataView;
  #left = MOST;

  constructor(bytes: Uint8Array) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** The bytes from `at` on, where there are as many. */
  view(at: number, length: number): DataView {
    if (at < 0 || length > this.#view.byteLength - at) broken('its metadata point outside of themselves');
    return new DataView(this.#view.buffer, this.#view.byteOffset + at, length);
  }

  /** The place that the four bytes at `at` point at. */
  target(at: number): number {
    return at + this.view(at, 4).getUint32(0, true);
  }

  /** Counts what is read. */
  spend(nodes: number): void {
    this.#left -= nodes;
    if (this.#left < 0)
      throw new FunctionError('too-large', `its metadata have more than ${MOST} tables, numbers and names`);
  }

  text(at: number): string {
    const length = this.view(at, 4).getUint32(0, true);
    const { buffer, byteOffset } = this.view(at + 4, length);
    this.spend(1 + Math.ceil(length / TEXT_PER_NODE));
    const bytes = new Uint8Array(buffer, byteOffset, length);
    return isUtf8(bytes) ? Buffer.from(bytes).toString() : broken('its metadata have a name that is no text');
  }
}

/** A table. Numbers that it leaves out have the values that their schema gives them. */
export class FlatTable {
  readonly #source: Source;
  readonly #at: number;
  /** The list of fields: by field its place in the table. */
  readonly #fields: DataView;
  /** Bytes of the table. */
  readonly #size: number;

  private constructor(source: Source, at: number) {
    source.spend(1);
    this.#source = source;
    this.#at = at;
    const list = at - source.view(at, 4).getInt32(0, true);
    const length = source.view(list, FIELDS).getUint16(0, true);
    this.#size = source.view(list, FIELDS).getUint16(2, true);
    if (length < FIELDS || this.#size < 4) broken('its metadata have a table without its fields');
    this.#fields = source.view(list, length);
    source.view(at, this.#size);
  }

  /** The table that the buffer begins with. @throws FunctionError without the place, as all methods do, for what is no such thing */
  static root(bytes: Uint8Array): FlatTable {
    const source = new Source(bytes);
    return new FlatTable(source, source.target(0));
  }

  has(field: number): boolean {
    return this.#place(field, 1) !== undefined;
  }

  /** A number of `bits` bits with a sign. */
  integer(field: number, bits: 8 | 16 | 32, fallback = 0): number {
    const view = this.#view(field, bits / 8);
    if (!view) return fallback;
    return bits === 8 ? view.getInt8(0) : bits === 16 ? view.getInt16(0, true) : view.getInt32(0, true);
  }

  /** A number of 64 bits with a sign. */
  long(field: number): bigint {
    return this.#view(field, 8)?.getBigInt64(0, true) ?? 0n;
  }

  /** A number of 64 bits that counts something. */
  count(field: number): number {
    return countOf(this.long(field));
  }

  flag(field: number): boolean {
    return this.integer(field, 8) !== 0;
  }

  text(field: number): string | undefined {
    const place = this.#place(field, 4);
    return place === undefined ? undefined : this.#source.text(this.#source.target(place));
  }

  table(field: number): FlatTable | undefined {
    const place = this.#place(field, 4);
    return place === undefined ? undefined : new FlatTable(this.#source, this.#source.target(place));
  }

  /** How many elements the list has; without any where it is left out. */
  length(field: number): number {
    return this.#list(field, 0)?.count ?? 0;
  }

  *tables(field: number): Generator<FlatTable, void, void> {
    const list = this.#list(field, 4);
    if (!list) return;
    for (let i = 0; i < list.count; i++)
      yield new FlatTable(this.#source, this.#source.target(list.at + 4 * i));
  }

  /** Elements of `size` bytes, one view each. */
  *structs(field: number, size: number): Generator<DataView, void, void> {
    const list = this.#list(field, size);
    if (!list) return;
    for (let i = 0; i < list.count; i++) {
      this.#source.spend(1);
      yield this.#source.view(list.at + size * i, size);
    }
  }

  /** Where the list begins whose elements have `size` bytes. */
  #list(field: number, size: number): { readonly at: number; readonly count: number } | undefined {
    const place = this.#place(field, 4);
    if (place === undefined) return undefined;
    const at = this.#source.target(place);
    const count = this.#source.view(at, 4).getUint32(0, true);
    this.#source.view(at + 4, size * count);
    return { at: at + 4, count };
  }

  #view(field: number, size: number): DataView | undefined {
    const place = this.#place(field, size);
    return place === undefined ? undefined : this.#source.view(place, size);
  }

  /** Where the field is, of which `size` bytes are read; undefined: it is left out. */
  #place(field: number, size: number): number | undefined {
    const at = FIELDS + 2 * field;
    if (at + 2 > this.#fields.byteLength) return undefined;
    const offset = this.#fields.getUint16(at, true);
    if (offset === 0) return undefined;
    if (offset < 4 || offset + size > this.#size) broken('its metadata have a field outside of its table');
    return this.#at + offset;
  }
}

/** A number that counts something. */
export function countOf(long: bigint): number {
  return long >= 0n && long <= BigInt(Number.MAX_SAFE_INTEGER)
    ? Number(long)
    : broken('its metadata have a negative number or a vast one where something is counted');
}
