/**
 * Structs of Thrift's compact protocol, which footers and page headers are. The library decodes them; before it does, the
 * bytes are walked, since it takes numbers of any length, and any number of elements.
 */

import { broken } from '../columns/place.ts';
import { limits } from '../limits.ts';
import { deserializeTCompactProtocol } from './library.ts';

const MOST_NODES = limits.parquetNodes.value;
/** Levels of structs and lists: a footer has eight. */
const MOST_LEVELS = 16;
const CONTINUES = 0x80;

/** Walks a struct without keeping anything of it. */
class Walk {
  readonly #bytes: Uint8Array;
  #at: number;
  #nodes = 0;

  constructor(bytes: Uint8Array, at: number) {
    this.#bytes = bytes;
    this.#at = at;
  }

  /** Returns the position after the struct. */
  struct(level: number): number {
    if (level > MOST_LEVELS) broken('its metadata are nested too deeply');
    for (;;) {
      const byte = this.#byte();
      const type = byte & 15;
      if (type === 0) return this.#at;
      if (byte >> 4 === 0) this.#number(3);
      this.#element(type, level);
    }
  }

  #element(type: number, level: number): void {
    if (++this.#nodes > MOST_NODES) broken(`its metadata have more than ${MOST_NODES} values`);
    if (type === 1 || type === 2) return;
    if (type === 3) this.#skip(1);
    else if (type === 4 || type === 5) this.#number(5);
    else if (type === 6) this.#number(10);
    else if (type === 7) this.#skip(8);
    else if (type === 8) this.#skip(this.#length());
    else if (type === 9) this.#list(level + 1);
    else if (type === 12) this.struct(level + 1);
    else broken('its metadata have a type that Parquet does not use');
  }

  #list(level: number): void {
    if (level > MOST_LEVELS) broken('its metadata are nested too deeply');
    const byte = this.#byte();
    const type = byte & 15;
    const size = byte >> 4 === 15 ? this.#length() : byte >> 4;
    // Every element has a byte at least.
    if (size > this.#bytes.length - this.#at) broken('its metadata end inside a list');
    for (let i = 0; i < size; i++) this.#element(type === 1 || type === 2 ? 3 : type, level);
  }

  #length(): number {
    const bytes = this.#number(5);
    let length = 0;
    for (let i = 0; i < bytes; i++) length += (this.#byteOf(bytes, i) & 127) * 2 ** (7 * i);
    return length;
  }

  /** A byte of the number that was read last. */
  #byteOf(bytes: number, i: number): number {
    return this.#bytes[this.#at - bytes + i] ?? 0;
  }

  /** Passes over a number of at most so many bytes; returns how many it had. */
  #number(most: number): number {
    for (let bytes = 1; bytes <= most; bytes++) if (this.#byte() < CONTINUES) return bytes;
    return broken('its metadata have a number that is too long');
  }

  #byte(): number {
    return this.#bytes[this.#at++] ?? broken('its metadata end inside a struct');
  }

  #skip(bytes: number): void {
    this.#at += bytes;
    if (this.#at > this.#bytes.length) broken('its metadata end inside a value');
  }
}

/** A struct whose fields are told by their numbers, and whose types nobody has promised. */
export class Struct {
  readonly #fields: ReadonlyMap<string, unknown>;

  constructor(fields: object) {
    this.#fields = new Map(Object.entries(fields));
  }

  has(field: number): boolean {
    return this.#fields.get(`field_${field}`) !== undefined;
  }

  /** An integer of 32 or 64 bits, where it is exact in a double. */
  integer(field: number): number | undefined {
    const value = this.#fields.get(`field_${field}`);
    if (value === undefined) return undefined;
    const number = typeof value === 'bigint' ? Number(value) : value;
    return typeof number === 'number' && Number.isSafeInteger(number)
      ? number
      : broken('its metadata have no number where one belongs');
  }

  /** An integer that must be there and not be negative. */
  count(field: number): number {
    const value = this.integer(field);
    return value !== undefined && value >= 0
      ? value
      : broken('its metadata lack a number, or have a negative one');
  }

  flag(field: number): boolean | undefined {
    const value = this.#fields.get(`field_${field}`);
    return value === undefined || typeof value === 'boolean'
      ? value
      : broken('its metadata have no flag where one belongs');
  }

  text(field: number): string {
    const value = this.#fields.get(`field_${field}`);
    return value instanceof Uint8Array ? decodeText(value) : broken('its metadata lack a name');
  }

  struct(field: number): Struct | undefined {
    const value = this.#fields.get(`field_${field}`);
    return value === undefined ? undefined : structOf(value);
  }

  structs(field: number): readonly Struct[] {
    return this.#list(field).map(structOf);
  }

  texts(field: number): readonly string[] {
    return this.#list(field).map((value) =>
      value instanceof Uint8Array ? decodeText(value) : broken('its metadata have no name where one belongs'),
    );
  }

  #list(field: number): readonly unknown[] {
    const value: unknown = this.#fields.get(`field_${field}`) ?? [];
    return Array.isArray(value) ? value : broken('its metadata have no list where one belongs');
  }
}

const structOf = (value: unknown): Struct =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array)
    ? new Struct(value)
    : broken('its metadata have no struct where one belongs');

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function decodeText(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes);
  } catch {
    return broken('its metadata have a name that is no UTF-8');
  }
}

/** The struct at `at`, and the position after it. @throws FunctionError without the place */
export function readStruct(bytes: Uint8Array, at: number): { readonly struct: Struct; readonly end: number } {
  const end = new Walk(bytes, at).struct(0);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return { struct: new Struct(deserializeTCompactProtocol({ view, offset: at })), end };
}
