/** CBOR items as plain JSON-able data: bytes in lower-case hexadecimal, map keys as texts. */
import { toHex } from '../bytes.ts';
import { type Cbor, type CborMap, Tagged } from './decode.ts';

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

export function jsonOf(item: Cbor): Json {
  if (item === undefined || item === null) return null;
  if (typeof item === 'bigint') return String(item);
  if (item instanceof Uint8Array) return toHex(item);
  if (Array.isArray(item)) return (item as readonly Cbor[]).map(jsonOf);
  if (item instanceof Map) return jsonMap(item as CborMap);
  if (item instanceof Tagged) return { tag: item.tag, value: jsonOf(item.value) };
  return item as Json;
}

export function jsonMap(map: CborMap): { [key: string]: Json } {
  return Object.fromEntries([...map].map(([key, value]) => [String(key), jsonOf(value)]));
}
