/**
 * A strict reader of CBOR (RFC 8949) for attestation tokens: definite and indefinite lengths, no duplicate keys, no
 * trailing bytes, bounded depth and size.
 */

import { text } from '../bytes.ts';
import { limits } from '../limits.ts';
import { Refusal } from '../refusal.ts';

const MAX_DEPTH = limits.cborDepth.value;
/** Items in one input, so that a short input cannot make a large tree of empty containers. */
const MAX_ITEMS = limits.cborItems.value;

/** A tagged item (major type 6). */
export class Tagged {
  readonly tag: number;
  readonly value: Cbor;

  constructor(tag: number, value: Cbor) {
    this.tag = tag;
    this.value = value;
  }
}

/** Keys of maps that attestation formats use. */
export type CborKey = number | bigint | string;
/** A map, in the order of its encoding. */
export type CborMap = ReadonlyMap<CborKey, Cbor>;
/** An item of CBOR. Byte strings are `Uint8Array`s, numbers beyond 2^53 `bigint`s. */
export type Cbor =
  | number
  | bigint
  | string
  | boolean
  | null
  | undefined
  | Uint8Array
  | readonly Cbor[]
  | CborMap
  | Tagged;

const bad = (what: string): Refusal => new Refusal('malformed', `CBOR: ${what}.`);

const INDEFINITE = 31;
const BREAK = 0xff;

class Decoder {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #items = 0;
  at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  #advance(length: number): number {
    if (length > this.#bytes.length - this.at) throw bad('it ends too early');
    const start = this.at;
    this.at += length;
    return start;
  }

  /** The number after an initial byte; -1 for an indefinite length. */
  #argument(info: number): number | bigint {
    if (info < 24) return info;
    if (info === 24) return this.#view.getUint8(this.#advance(1));
    if (info === 25) return this.#view.getUint16(this.#advance(2));
    if (info === 26) return this.#view.getUint32(this.#advance(4));
    if (info === 27) {
      const value = this.#view.getBigUint64(this.#advance(8));
      return value <= Number.MAX_SAFE_INTEGER ? Number(value) : value;
    }
    if (info === INDEFINITE) return -1;
    throw bad('a reserved initial byte');
  }

  #length(info: number): number {
    const length = this.#argument(info);
    if (typeof length === 'bigint' || length > this.#bytes.length - this.at) throw bad('it ends too early');
    return length;
  }

  #atBreak(): boolean {
    if (this.#bytes[this.at] !== BREAK) return false;
    this.at++;
    return true;
  }

  /** A byte or text string, in one piece or in chunks. */
  #string(major: number, info: number): Uint8Array {
    const length = this.#length(info);
    if (length >= 0) {
      const start = this.#advance(length);
      return this.#bytes.subarray(start, start + length);
    }
    const chunks: Uint8Array[] = [];
    let total = 0;
    while (!this.#atBreak()) {
      const initial = this.#view.getUint8(this.#advance(1));
      if (initial >> 5 !== major || (initial & 31) === INDEFINITE) throw bad('a chunk of another kind');
      const chunk = this.#string(major, initial & 31);
      chunks.push(chunk);
      total += chunk.length;
    }
    const whole = new Uint8Array(total);
    let at = 0;
    for (const chunk of chunks) {
      whole.set(chunk, at);
      at += chunk.length;
    }
    return whole;
  }

  #array(info: number, depth: number): Cbor[] {
    const length = this.#length(info);
    const items: Cbor[] = [];
    while (length < 0 ? !this.#atBreak() : items.length < length) items.push(this.item(depth + 1));
    return items;
  }

  #map(info: number, depth: number): CborMap {
    const length = this.#length(info);
    const map = new Map<CborKey, Cbor>();
    while (length < 0 ? !this.#atBreak() : map.size < length) {
      const key = this.item(depth + 1);
      if (typeof key !== 'number' && typeof key !== 'bigint' && typeof key !== 'string') {
        throw bad('a key that is neither a number nor a text');
      }
      if (map.has(key)) throw bad(`the key ${key} stands twice`);
      map.set(key, this.item(depth + 1));
    }
    return map;
  }

  #simple(info: number): Cbor {
    if (info === 20) return false;
    if (info === 21) return true;
    if (info === 22) return null;
    if (info === 23) return undefined;
    if (info === 25) return half(this.#view.getUint16(this.#advance(2)));
    if (info === 26) return this.#view.getFloat32(this.#advance(4));
    if (info === 27) return this.#view.getFloat64(this.#advance(8));
    throw bad('a simple value that has no meaning here');
  }

  item(depth: number): Cbor {
    if (depth > MAX_DEPTH) throw bad(`deeper than ${MAX_DEPTH} levels`);
    if (++this.#items > MAX_ITEMS) throw bad(`more than ${MAX_ITEMS} items`);
    const initial = this.#view.getUint8(this.#advance(1));
    const major = initial >> 5;
    const info = initial & 31;
    switch (major) {
      case 2:
        return this.#string(major, info);
      case 3:
        return text(this.#string(major, info));
      case 4:
        return this.#array(info, depth);
      case 5:
        return this.#map(info, depth);
      case 7:
        return this.#simple(info);
    }
    const value = this.#argument(info);
    if (value === -1) throw bad('an indefinite number');
    if (major === 0) return value;
    if (major === 1) return typeof value === 'bigint' ? -1n - value : -1 - value;
    if (typeof value === 'bigint') throw bad('a tag that is too large');
    return new Tagged(value, this.item(depth + 1));
  }
}

/** IEEE 754 half precision. */
function half(bits: number): number {
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  const sign = bits >> 15 ? -1 : 1;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1024 + fraction) * 2 ** (exponent - 25));
}

/** The one item that the bytes are. Throws `Refusal` "malformed". Byte strings are views. */
export function decodeCbor(bytes: Uint8Array): Cbor {
  const decoder = new Decoder(bytes);
  const item = decoder.item(0);
  if (decoder.at !== bytes.length) throw bad(`${bytes.length - decoder.at} bytes after its end`);
  return item;
}

/** Whether an item is a map (major type 5). */
export const isCborMap = (item: Cbor): item is CborMap => item instanceof Map;

/** Whether an item is an array (major type 4). */
export const isCborArray = (item: Cbor): item is readonly Cbor[] => Array.isArray(item);

/** The map that the item must be; `what` names it in the message. Throws `Refusal` "malformed", as its siblings do. */
export function asMap(item: Cbor, what: string): CborMap {
  if (!isCborMap(item)) throw bad(`${what} is not a map`);
  return item;
}

/** The array that the item must be. */
export function asArray(item: Cbor, what: string): readonly Cbor[] {
  if (!isCborArray(item)) throw bad(`${what} is not an array`);
  return item;
}

/** The byte string that the item must be. */
export function asBytes(item: Cbor, what: string): Uint8Array {
  if (!(item instanceof Uint8Array)) throw bad(`${what} is not a byte string`);
  return item;
}

/** The text that the item must be. */
export function asText(item: Cbor, what: string): string {
  if (typeof item !== 'string') throw bad(`${what} is not a text`);
  return item;
}

/** The safe integer that the item must be. */
export function asNumber(item: Cbor, what: string): number {
  if (typeof item !== 'number' || !Number.isSafeInteger(item)) throw bad(`${what} is not a number`);
  return item;
}
