/** A strict reader of DER (X.690): definite, minimal lengths, no element past its parent's end. */
import { byteAt } from '../bytes.ts';
import { Refusal, unlessRefused } from '../refusal.ts';

/** Universal tags (X.690, 8.1.2). */
export const tag = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  null: 0x05,
  oid: 0x06,
  enumerated: 0x0a,
  utf8String: 0x0c,
  printableString: 0x13,
  ia5String: 0x16,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
  set: 0x31,
} as const;

/** Constructed context tag `[n]`. */
export const context = (n: number): number => 0xa0 | n;

const bad = (what: string): Refusal => new Refusal('malformed', `DER: ${what}.`);

/** One element. Views of it are made when asked for: most elements are only stepped over, and views are not cheap. */
export class Der {
  readonly tag: number;
  readonly #bytes: Uint8Array;
  readonly #start: number;
  readonly #content: number;
  readonly #end: number;

  constructor(bytes: Uint8Array, start: number, content: number, end: number) {
    this.tag = byteAt(bytes, start);
    this.#bytes = bytes;
    this.#start = start;
    this.#content = content;
    this.#end = end;
  }

  /** Tag, length and content. */
  get whole(): Uint8Array {
    return this.#bytes.subarray(this.#start, this.#end);
  }

  get content(): Uint8Array {
    return this.#bytes.subarray(this.#content, this.#end);
  }

  /** A reader of the elements inside. */
  children(): DerReader {
    return new DerReader(this.#bytes, this.#content, this.#end);
  }

  /** An unsigned INTEGER that fits 32 bits. */
  uint(): number {
    const { content } = this;
    const [first] = content;
    if (this.tag !== tag.integer || first === undefined || first >= 0x80 || content.length > 5) {
      throw bad('an integer is negative or too large');
    }
    checkMinimal(content);
    const value = content.reduce((sum, byte) => sum * 256 + byte, 0);
    if (value > 0xffffffff) throw bad('an integer is too large');
    return value;
  }

  /** BOOLEAN. */
  boolean(): boolean {
    const [value] = this.content;
    if (this.tag !== tag.boolean || this.content.length !== 1 || (value !== 0 && value !== 0xff)) {
      throw bad('a boolean is not one');
    }
    return value === 0xff;
  }

  /** Bits of a BIT STRING with no unused ones. */
  bits(): Uint8Array {
    if (this.tag !== tag.bitString || this.content[0] !== 0) throw bad('a bit string is not of whole bytes');
    return this.content.subarray(1);
  }
}

function checkMinimal(content: Uint8Array): void {
  const [first, second] = content;
  if (second !== undefined && ((first === 0 && second < 0x80) || (first === 0xff && second >= 0x80))) {
    throw bad('an integer is not minimal');
  }
}

/** Walks over the elements of a sequence. */
export class DerReader {
  readonly #bytes: Uint8Array;
  readonly #end: number;
  #at: number;

  /** Reads the elements from `start` to `end`. */
  constructor(bytes: Uint8Array, start = 0, end = bytes.length) {
    this.#bytes = bytes;
    this.#at = start;
    this.#end = end;
  }

  get done(): boolean {
    return this.#at >= this.#end;
  }

  /** Tag of the next element; undefined at the end. */
  peek(): number | undefined {
    return this.#at < this.#end ? this.#bytes[this.#at] : undefined;
  }

  /** The next element; with `wanted`, it must have that tag. */
  next(wanted?: number): Der {
    const bytes = this.#bytes;
    const start = this.#at;
    const found = this.peek();
    if (found === undefined) throw bad('an element is missing');
    if (wanted !== undefined && found !== wanted) {
      throw bad(`tag ${wanted.toString(16)} expected, ${found.toString(16)} found`);
    }
    if ((found & 0x1f) === 0x1f) throw bad('tags of several bytes are not used here');
    if (start + 2 > this.#end) throw bad('a length is missing');
    let length = byteAt(bytes, start + 1);
    let content = start + 2;
    if (length >= 0x80) {
      const count = length & 0x7f;
      if (count === 0 || count > 4) throw bad('an indefinite or huge length');
      length = 0;
      for (let i = 0; i < count; i++) {
        if (content >= this.#end) throw bad('a length is cut off');
        length = length * 256 + byteAt(bytes, content++);
      }
      if (length < 0x80 || length < 2 ** (8 * (count - 1))) throw bad('a length is not minimal');
    }
    const end = content + length;
    if (end > this.#end) throw bad(`an element of ${length} bytes ends after its parent`);
    this.#at = end;
    return new Der(bytes, start, content, end);
  }

  /** The next element if it has that tag. */
  optional(wanted: number): Der | undefined {
    return this.peek() === wanted ? this.next(wanted) : undefined;
  }

  /** Throws unless all elements were read. */
  end(): void {
    if (!this.done) throw bad('there is more than expected');
  }
}

/** The one element that the bytes are. */
export function derOf(bytes: Uint8Array, wanted: number): Der {
  const reader = new DerReader(bytes);
  const element = reader.next(wanted);
  reader.end();
  return element;
}

/** The largest arc: that of a UUID (ITU-T X.667). */
const MAX_ARC = 2n ** 128n - 1n;
/** Arcs up to here are read with numbers, which is fast; all but UUIDs are. */
const NUMBER_ARC = 2 ** 40;

/** Dotted text of an OBJECT IDENTIFIER's content (X.690, 8.19). */
export function oidText(content: Uint8Array): string {
  const last = content[content.length - 1];
  if (last === undefined || last >= 0x80) throw bad('an object identifier is cut off');
  let value = 0;
  let large = 0n;
  let dotted = '';
  let fresh = true;
  for (const byte of content) {
    if (fresh && byte === 0x80) throw bad('an object identifier is not minimal');
    if (value > NUMBER_ARC) {
      // The first two arcs are one number, and none that is so large.
      if (large === 0n) large = BigInt(value);
      large = large * 128n + BigInt(byte & 0x7f);
      if (large > MAX_ARC || dotted === '') throw bad('an object identifier is too large');
    } else value = value * 128 + (byte & 0x7f);
    fresh = byte < 0x80;
    if (!fresh) continue;
    if (dotted === '') {
      const first = Math.min(2, Math.floor(value / 40));
      dotted = `${first}.${value - 40 * first}`;
    } else dotted += `.${large || value}`;
    value = 0;
    large = 0n;
  }
  return dotted;
}

/** Milliseconds since 1970 of a UTCTime or GeneralizedTime in the form of RFC 5280 (seconds, Zulu). */
export function timeOf(element: Der): number {
  const { content } = element;
  const yearDigits = element.tag === tag.utcTime ? 2 : element.tag === tag.generalizedTime ? 4 : 0;
  if (yearDigits === 0 || content.length !== yearDigits + 11 || content[content.length - 1] !== 0x5a) {
    throw bad('a time is not in the form of RFC 5280');
  }
  const number = (at: number, digits: number): number => {
    let value = 0;
    for (let i = at; i < at + digits; i++) {
      const digit = byteAt(content, i) - 0x30;
      if (digit < 0 || digit > 9) throw bad('a time is not in the form of RFC 5280');
      value = value * 10 + digit;
    }
    return value;
  };
  const written = number(0, yearDigits);
  const year = yearDigits === 4 ? written : written < 50 ? 2000 + written : 1900 + written;
  const part = (at: number): number => number(yearDigits + at, 2);
  const [month, day, hour, minute, second] = [part(0), part(2), part(4), part(6), part(8)];
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  date.setUTCHours(hour, minute, second);
  if (
    date.getUTCMonth() !== month - 1 ||
    date.getUTCDate() !== day ||
    hour > 23 ||
    minute > 59 ||
    second > 59
  ) {
    throw bad('a time does not exist');
  }
  return date.getTime();
}

/** r ‖ s of fixed size from the DER form of an ECDSA signature (RFC 3279); undefined if it is not one for that size. */
export function rawSignature(der: Uint8Array, size: number): Uint8Array | undefined {
  return unlessRefused(() => {
    const parts = derOf(der, tag.sequence).children();
    const raw = new Uint8Array(2 * size);
    for (const end of [size, 2 * size]) {
      const { content } = parts.next(tag.integer);
      const [first] = content;
      if (first === undefined || first >= 0x80) return undefined;
      checkMinimal(content);
      const number = first === 0 ? content.subarray(1) : content;
      if (number.length > size) return undefined;
      raw.set(number, end - number.length);
    }
    parts.end();
    return raw;
  });
}
