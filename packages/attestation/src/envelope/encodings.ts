/** Bytes that travel as text: hexadecimal, base64 in both alphabets, PEM. */

import { fromBase64, fromHex, text } from '../bytes.ts';
import { unlessRefused } from '../refusal.ts';

const HEX = /^(0x)?[0-9a-f]+$/i;
const BASE64 = /^[A-Za-z0-9+/_-]+={0,2}$/;
/** A number or a word is no encoding of anything that is looked for here. */
const SHORTEST = 16;

/** The text that bytes are, without the byte order mark and the blanks around it; undefined for what is none. */
export const readable = (bytes: Uint8Array): string | undefined =>
  unlessRefused(() =>
    text(bytes)
      .replace(/^\uFEFF/, '')
      .trim(),
  );

/**
 * Everything that a text can be the encoding of: hexadecimal digits are letters of base64, too, so there may be two. White space
 * and line ends do not count, nor does a leading "0x".
 */
export function decodings(text: string): readonly Uint8Array[] {
  const compact = text.replace(/\s+/g, '');
  if (compact.length < SHORTEST) return [];
  const found: Uint8Array[] = [];
  if (compact.length % 2 === 0 && HEX.test(compact)) found.push(fromHex(compact.replace(/^0x/i, '')));
  if (BASE64.test(compact)) {
    const bytes = unlessRefused(() => fromBase64(compact.replaceAll('-', '+').replaceAll('_', '/')));
    if (bytes !== undefined) found.push(bytes);
  }
  return found;
}

/** The PEM that a text is, also URL-encoded, as HTTP headers carry it. JSON with PEM in its texts is JSON. */
export function pemIn(text: string): string | undefined {
  if (/^\s*[[{"]/.test(text)) return undefined;
  if (text.includes('-----BEGIN ')) return text;
  if (!/-----BEGIN(%20|\+)/.test(text)) return undefined;
  try {
    return decodeURIComponent(text.replaceAll('+', '%20'));
  } catch {
    return undefined;
  }
}

/** What a value of JSON can stand for as bytes: a text by its encodings, a list of numbers by its items. */
export function bytesIn(value: unknown): readonly Uint8Array[] {
  if (typeof value === 'string') return decodings(value);
  return isByteList(value) ? [Uint8Array.from(value)] : [];
}

/** Whether a value is a list of bytes, as serializers without a type for bytes write them. */
export function isByteList(value: unknown): value is readonly number[] {
  return (
    Array.isArray(value) &&
    value.length > 0 &&
    value.every((item) => typeof item === 'number' && Number.isInteger(item) && item >= 0 && item <= 255)
  );
}
