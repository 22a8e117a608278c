/** UTF-16 to UTF-8, piece by piece. */

/** Bytes that are decoded at a time: a piece of text takes a few times as much. */
const PIECE = 1 << 16;

const isHigh = (code: number): boolean => code >= 0xd800 && code <= 0xdbff;

/** Takes chunks that are cut anywhere. */
export class Utf16Decoder {
  readonly #bigEndian: boolean;
  /** A byte whose other half is still to come. */
  #half: number | undefined;
  /** The first half of a pair of surrogates. */
  #high = '';

  constructor(bigEndian: boolean) {
    this.#bigEndian = bigEndian;
  }

  /** The text of a chunk, in pieces. It may have lone surrogates: see `String.isWellFormed`. */
  *decode(chunk: Uint8Array): Generator<string, void, void> {
    for (let at = 0; at < chunk.length; at += PIECE) yield this.#piece(chunk.subarray(at, at + PIECE));
  }

  /** Whether the text so far ends inside a character. */
  get isCut(): boolean {
    return this.#half !== undefined || this.#high !== '';
  }

  #piece(part: Uint8Array): string {
    const before = this.#half === undefined ? [] : [this.#half];
    const bytes = Buffer.concat([Uint8Array.from(before), part]);
    this.#half = bytes.length % 2 === 1 ? bytes.at(-1) : undefined;
    const whole = bytes.subarray(0, bytes.length & ~1);
    if (this.#bigEndian) whole.swap16();
    const text = this.#high + whole.toString('utf16le');
    this.#high = isHigh(text.charCodeAt(text.length - 1)) ? text.slice(-1) : '';
    return this.#high === '' ? text : text.slice(0, -1);
  }
}
