/** CBOR items as plain JSON-able data: bytes in lower-case hexadecimal, map keys as texts. */
import { dictionary } from '@gaiwan/errors';
import { toHex } from '../bytes.ts';
import { type Cbor, type CborMap, isCborArray, isCborMap, Tagged } from './decode.ts';

/** What JSON can say. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** An item as JSON: bytes as hexadecimal, large numbers as text, tags as objects. */
export function jsonOf(item: Cbor): Json {
  if (item === undefined || item === null) return null;
  if (typeof item === 'bigint') return String(item);
  if (item instanceof Uint8Array) return toHex(item);
  if (isCborArray(item)) return item.map(jsonOf);
  if (isCborMap(item)) return jsonMap(item);
  if (item instanceof Tagged) return { tag: item.tag, value: jsonOf(item.value) };
  return item;
}

/** A map as a JSON object, its keys as text. */
export function jsonMap(map: CborMap): { [key: string]: Json } {
  return dictionary([...map].map(([key, value]) => [String(key), jsonOf(value)]));
}
