/** Bytes: hexadecimal, comparison, and readers that never leave their bounds. */
import { Refusal } from './refusal.ts';

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/** Lower-case hexadecimal. */
export function toHex(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += HEX[byte];
  return text;
}

/**
 * Bytes of hexadecimal text in either case.
 *
 * @throws {Refusal} `malformed`
 */
export function fromHex(text: string): Uint8Array {
  if (text.length % 2 !== 0 || !/^[0-9a-fA-F]*$/.test(text)) {
    throw new Refusal('malformed', 'A value that must be hexadecimal is not.');
  }
  const bytes = new Uint8Array(text.length / 2);
  for (let at = 0; at < bytes.length; at++) bytes[at] = Number.parseInt(text.slice(2 * at, 2 * at + 2), 16);
  return bytes;
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const SPACE = 64;
const NONE = 65;
/** Value of a character of base64; white space is skipped, everything else is refused. */
const SEXTETS = Uint8Array.from({ length: 128 }, (_, code) => {
  const char = String.fromCharCode(code);
  const value = ALPHABET.indexOf(char);
  return value >= 0 ? value : '\t\n\r '.includes(char) ? SPACE : NONE;
});

/**
 * Bytes of base64; padding is optional, white space is ignored.
 *
 * @throws {Refusal} `malformed`
 */
export function fromBase64(text: string): Uint8Array {
  let end = text.length;
  let padding = 0;
  while (end > 0 && (text[end - 1] === '=' || SEXTETS[text.charCodeAt(end - 1)] === SPACE)) {
    if (text[--end] === '=') padding++;
  }
  const bytes = new Uint8Array(Math.floor((end * 3) / 4));
  let [at, bits, held, digits] = [0, 0, 0, 0];
  for (let i = 0; i < end; i++) {
    const sextet = SEXTETS[text.charCodeAt(i)] ?? NONE;
    if (sextet === SPACE) continue;
    if (sextet === NONE) throw new Refusal('malformed', 'A value that must be base64 is not.');
    held = ((held << 6) | sextet) & 0xffff;
    digits++;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      bytes[at++] = (held >> bits) & 0xff;
    }
  }
  if (digits % 4 === 1 || padding > 2 || (padding > 0 && (digits + padding) % 4 !== 0)) {
    throw new Refusal('malformed', 'A value that must be base64 is cut off.');
  }
  return bytes.subarray(0, at);
}

/** Bytes of base64url without padding (RFC 7515). Throws `Refusal` "malformed". */
export function fromBase64Url(text: string): Uint8Array {
  if (!/^[A-Za-z0-9_-]*$/.test(text))
    throw new Refusal('malformed', 'A value that must be base64url is not.');
  return fromBase64(text.replaceAll('-', '+').replaceAll('_', '/'));
}

/** base64url without padding. */
export function toBase64Url(bytes: Uint8Array): string {
  let binary = '';
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
}

/** Whether two byte strings are the same. Every value compared here is public: evidence holds no secrets. */
export function equal(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  // A loop: `every` of typed arrays takes fifteen times as long, and endorsements are compared whole.
  for (let at = 0; at < a.length; at++) if (a[at] !== b[at]) return false;
  return true;
}

/** The byte at a place where there must be one. Throws `Refusal` "malformed". */
export function byteAt(bytes: Uint8Array, at: number): number {
  const byte = bytes[at];
  if (byte === undefined) throw new Refusal('malformed', `${bytes.length} bytes have none at ${at}.`);
  return byte;
}

/** Whether all bytes are zero, as in fields that nothing was written into. */
export function isZero(bytes: Uint8Array): boolean {
  for (let at = 0; at < bytes.length; at++) if (bytes[at] !== 0) return false;
  return true;
}

const isUnshared = (bytes: Uint8Array): bytes is Uint8Array<ArrayBuffer> =>
  bytes.buffer instanceof ArrayBuffer;

/** The bytes in memory that no other thread can change, as WebCrypto asks for: the same object wherever it is so already. */
export function toUnshared(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return isUnshared(bytes) ? bytes : Uint8Array.from(bytes);
}

/** One after another, in new memory. */
export function concat(...parts: Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** Text of UTF-8 bytes. Throws `Refusal` "malformed". */
export function text(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch {
    throw new Refusal('malformed', 'A text is not valid UTF-8.');
  }
}

const encoder = new TextEncoder();

/** UTF-8 of a text. */
export function utf8Bytes(value: string): Uint8Array {
  return encoder.encode(value);
}

/** Reads fields one after another; every read past the end is a `Refusal` "malformed". */
export class Reader {
  readonly bytes: Uint8Array;
  readonly #view: DataView;
  readonly #what: string;
  readonly #little: boolean;
  /** Position of the next byte. */
  at = 0;

  /** `what` names the structure in errors, e.g. "The quote". */
  constructor(bytes: Uint8Array, what: string, order: 'little' | 'big' = 'little') {
    this.bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#what = what;
    this.#little = order === 'little';
  }

  get left(): number {
    return this.bytes.length - this.at;
  }

  #advance(length: number): number {
    if (length > this.left) {
      throw new Refusal(
        'malformed',
        `${this.#what} ends too early: ${length} bytes wanted at ${this.at}, ${this.left} left.`,
      );
    }
    const start = this.at;
    this.at += length;
    return start;
  }

  /** A view, not a copy. */
  take(length: number): Uint8Array {
    const start = this.#advance(length);
    return this.bytes.subarray(start, start + length);
  }

  u8(): number {
    return this.#view.getUint8(this.#advance(1));
  }

  u16(): number {
    return this.#view.getUint16(this.#advance(2), this.#little);
  }

  u32(): number {
    return this.#view.getUint32(this.#advance(4), this.#little);
  }

  u64(): bigint {
    return this.#view.getBigUint64(this.#advance(8), this.#little);
  }

  /** Throws unless everything was read. */
  end(): void {
    if (this.left > 0) throw new Refusal('malformed', `${this.#what} has ${this.left} bytes after its end.`);
  }
}
