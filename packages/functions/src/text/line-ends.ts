/** One line end for all: bare carriage returns become line feeds. CRLF stays, as whoever cuts lines takes it. */

const LF = 10;
const CR = 13;
const QUOTE = 0x22;

/** A plain Buffer over the same bytes: its `indexOf` is many times as fast. */
const fast = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** Words of four bytes whose counts go into one: as many as a byte can count. */
const SPAN = 255;

/** Number of line feeds, four bytes at a time: see Hacker's Delight, "Find first 0-byte", the exact form. */
export function countFeeds(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const { length } = bytes;
  let count = 0;
  let at = 0;
  while (at + 4 <= length) {
    const end = Math.min(length - 3, at + 4 * SPAN);
    // Four counts, one for each byte of a word.
    let counts = 0;
    for (; at < end; at += 4) {
      const word = view.getInt32(at, true) ^ 0x0a0a0a0a;
      counts = (counts + (~(((word & 0x7f7f7f7f) + 0x7f7f7f7f) | word | 0x7f7f7f7f) >>> 7)) | 0;
    }
    const pairs = (counts & 0xff00ff) + ((counts >>> 8) & 0xff00ff);
    count += (pairs & 0xffff) + (pairs >>> 16);
  }
  for (; at < length; at++) if (view.getUint8(at) === LF) count++;
  return count;
}

/** Takes chunks that are cut anywhere. */
export class LineEnds {
  readonly #quotes: boolean;
  readonly #keepReturns: boolean;
  #quoted = false;
  /** A carriage return whose line feed may begin the next chunk. */
  #pending = false;

  /** With `quotes`, what stands between quotes (RFC 4180) stays as it is; with `keepReturns` everything does. */
  constructor({
    quotes = false,
    keepReturns = false,
  }: { readonly quotes?: boolean; readonly keepReturns?: boolean }) {
    this.#quotes = quotes;
    this.#keepReturns = keepReturns;
  }

  /** The chunk with its line ends replaced: the chunk itself where there is nothing to replace. Empty chunks are left out. */
  *take(chunk: Uint8Array): Generator<Uint8Array, void, void> {
    if (chunk.length === 0) return;
    if (this.#pending) {
      this.#pending = false;
      yield Uint8Array.of(chunk[0] === LF || this.#quoted ? CR : LF);
    }
    if (this.#keepReturns || fast(chunk).indexOf(CR) < 0) {
      this.#countQuotes(chunk);
      yield chunk;
      return;
    }
    const replaced = this.#replace(chunk);
    if (replaced.length > 0) yield replaced;
  }

  /** What is left at the end of the text. */
  *end(): Generator<Uint8Array, void, void> {
    if (this.#pending) yield Uint8Array.of(this.#quoted ? CR : LF);
  }

  /** A doubled quote inside a quoted field opens and closes, so that counting is enough. */
  #countQuotes(chunk: Uint8Array): void {
    if (!this.#quotes) return;
    const bytes = fast(chunk);
    for (let at = bytes.indexOf(QUOTE); at >= 0; at = bytes.indexOf(QUOTE, at + 1))
      this.#quoted = !this.#quoted;
  }

  #replace(chunk: Uint8Array): Uint8Array {
    const bytes = Uint8Array.from(chunk);
    const quotes = this.#quotes && fast(chunk).indexOf(QUOTE) >= 0;
    const last = bytes.length - 1;
    if (!quotes && !this.#quoted) {
      const text = fast(bytes);
      for (let at = text.indexOf(CR); at >= 0 && at < last; at = text.indexOf(CR, at + 1)) {
        if (bytes[at + 1] !== LF) bytes[at] = LF;
      }
    } else {
      for (let at = 0; at <= last; at++) {
        const byte = bytes[at];
        if (byte === QUOTE && quotes) this.#quoted = !this.#quoted;
        else if (byte === CR && !this.#quoted && at < last && bytes[at + 1] !== LF) bytes[at] = LF;
      }
    }
    this.#pending = bytes[last] === CR;
    return this.#pending ? bytes.subarray(0, last) : bytes;
  }
}
