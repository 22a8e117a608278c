/** More of writing DER: what certificates and revocation lists are made of. */
import { utf8Bytes } from '@gaiwan/attestation/bytes';
import { context, element, tag } from '@gaiwan/attestation/der';

/** SEQUENCE of elements. */
export const sequence = (...parts: Uint8Array[]): Uint8Array => element(tag.sequence, ...parts);
/** SET of elements, in the given order. */
export const set = (...parts: Uint8Array[]): Uint8Array => element(tag.set, ...parts);
/** OCTET STRING. */
export const octets = (bytes: Uint8Array): Uint8Array => element(tag.octetString, bytes);
/** BIT STRING without unused bits. */
export const bits = (bytes: Uint8Array): Uint8Array => element(tag.bitString, Uint8Array.of(0), bytes);
/** UTF8String. */
export const utf8 = (text: string): Uint8Array => element(tag.utf8String, utf8Bytes(text));
/** IA5String. */
export const ia5 = (text: string): Uint8Array => element(tag.ia5String, utf8Bytes(text));
/** BOOLEAN. */
export const boolean = (value: boolean): Uint8Array => element(tag.boolean, Uint8Array.of(value ? 0xff : 0));
/** Elements under the explicit context tag `[n]`. */
export const explicit = (n: number, ...parts: Uint8Array[]): Uint8Array => element(context(n), ...parts);

/** INTEGER of a small number. */
export function int(value: number): Uint8Array {
  const bytes: number[] = [];
  for (let rest = value; rest > 0; rest = Math.floor(rest / 256)) bytes.unshift(rest & 255);
  const [first = 0x80] = bytes;
  if (first >= 0x80) bytes.unshift(0);
  return element(tag.integer, Uint8Array.from(bytes));
}

/** OBJECT IDENTIFIER of dotted text. */
export function oid(dotted: string): Uint8Array {
  // The arc of a UUID has 128 bits.
  const [first = 0n, second = 0n, ...rest] = dotted.split('.').map(BigInt);
  const content = [40n * first + second, ...rest].flatMap((arc) => {
    const groups = [Number(arc & 127n)];
    for (let left = arc >> 7n; left > 0n; left >>= 7n) groups.unshift(128 | Number(left & 127n));
    return groups;
  });
  return element(tag.oid, Uint8Array.from(content));
}

/** Milliseconds since 1970: UTCTime until 2049, GeneralizedTime from 2050 on (RFC 5280, 4.1.2.5). */
export function time(at: number): Uint8Array {
  const digits = new Date(at).toISOString().replace(/[-:T]/g, '').slice(0, 14);
  return digits < '2050'
    ? element(tag.utcTime, utf8Bytes(`${digits.slice(2)}Z`))
    : element(tag.generalizedTime, utf8Bytes(`${digits}Z`));
}
