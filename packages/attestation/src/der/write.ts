/** The little DER that has to be written: keys, and the certificates of the fake PKI. */
import { byteAt, concat } from '../bytes.ts';
import { tag } from './reader.ts';

/** Tag, minimal length, content. */
export function element(tagByte: number, ...content: Uint8Array[]): Uint8Array {
  const body = concat(...content);
  const { length } = body;
  if (length < 0x80) return concat(Uint8Array.of(tagByte, length), body);
  const bytes: number[] = [];
  for (let rest = length; rest > 0; rest >>>= 8) bytes.unshift(rest & 255);
  return concat(Uint8Array.of(tagByte, 0x80 | bytes.length, ...bytes), body);
}

/** INTEGER of an unsigned big-endian number. */
export function integer(number: Uint8Array): Uint8Array {
  const first = number.findIndex((byte) => byte !== 0);
  const minimal = first < 0 ? Uint8Array.of(0) : number.subarray(first);
  return element(tag.integer, byteAt(minimal, 0) >= 0x80 ? Uint8Array.of(0) : new Uint8Array(), minimal);
}
