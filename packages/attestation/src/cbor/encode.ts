/** CBOR in its deterministic form (RFC 8949, 4.2), for what is hashed or signed. */
import { concat, utf8Bytes } from '../bytes.ts';
import { type Cbor, Tagged } from './decode.ts';

function head(major: number, value: number): Uint8Array {
  const initial = major << 5;
  if (value < 24) return Uint8Array.of(initial | value);
  if (value < 0x100) return Uint8Array.of(initial | 24, value);
  if (value < 0x10000) return Uint8Array.of(initial | 25, value >> 8, value & 255);
  const wide = new DataView(new ArrayBuffer(value < 2 ** 32 ? 5 : 9));
  if (value < 2 ** 32) {
    wide.setUint8(0, initial | 26);
    wide.setUint32(1, value);
  } else {
    wide.setUint8(0, initial | 27);
    wide.setBigUint64(1, BigInt(value));
  }
  return new Uint8Array(wide.buffer);
}

/** Encodes numbers that are safe integers, texts, bytes, booleans, null, arrays, maps (in the given order) and tags. */
export function encodeCbor(item: Cbor): Uint8Array {
  if (typeof item === 'number') return item >= 0 ? head(0, item) : head(1, -1 - item);
  if (item instanceof Uint8Array) return concat(head(2, item.length), item);
  if (typeof item === 'string') {
    const bytes = utf8Bytes(item);
    return concat(head(3, bytes.length), bytes);
  }
  if (Array.isArray(item)) return concat(head(4, item.length), ...item.map(encodeCbor));
  if (item instanceof Map) {
    return concat(
      head(5, item.size),
      ...[...item].flatMap(([key, value]) => [encodeCbor(key), encodeCbor(value)]),
    );
  }
  if (item instanceof Tagged) return concat(head(6, item.tag), encodeCbor(item.value));
  if (item === true || item === false) return Uint8Array.of(item ? 0xf5 : 0xf4);
  if (item === null) return Uint8Array.of(0xf6);
  throw new TypeError('a value that has no CBOR form here');
}
