/**
 * The one way in for text. Every function that reads lines or CSV opens its inputs by `openText` and reads on from what
 * that gives: UTF-8 without a byte order mark, lines that end with LF or CRLF.
 *
 *     const text = openText(context.input('input_data0'), { name: 'input_data0', quotes: true });
 *     for await (const block of recordBlocks(text)) { ... }        // CSV: csv/blocks.ts, csv/record.ts
 *     for await (const block of lineBlocks(text)) { ... }          // lines: text/lines.ts
 *     for await (const batch of rowBatches(text, format)) { ... }  // numbers: text/rows.ts
 *
 * What it takes care of, for any way in which the input is cut into chunks:
 *
 * - A byte order mark says the encoding and is dropped: UTF-8, UTF-16LE, UTF-16BE. Without one it is UTF-8. Nothing is guessed:
 *   what is no UTF-8, UTF-16 without a mark (it has NULs), UTF-32, compressed files and workbooks are refused, named as far
 *   as their bytes tell, with the line and a remedy, and without a byte of the text.
 * - A bare CR ends a line, as LF and CRLF do; between quotes (`quotes`) all of them stay as they are.
 *
 * What stays with the reader: blank lines (skip and count them, or refuse), blanks around values, quotes, delimiters.
 */
import { isUtf8 } from 'node:buffer';
import type { Input } from '../function.ts';
import { FunctionError } from '../refusal.ts';
import { type Detected, detectEncoding, HEAD } from './encodings.ts';
import { countFeeds, LineEnds } from './line-ends.ts';
import { endOfWhole, findUtf8Fault, sequenceLength } from './utf8.ts';
import { Utf16Decoder } from './utf16.ts';

export interface TextOptions {
  /** The slot, for refusals: `input_data0`. */
  readonly name: string;
  /** Whether line ends may stand between quotes (RFC 4180). */
  readonly quotes?: boolean;
  /** What is no UTF-8 is refused with the text of Rust's `str::from_utf8`, or of its `BufRead::lines`: the contract of Teaclave's functions. */
  readonly contract?: 'from_utf8' | 'lines' | undefined;
  /** A bare CR stays what it is: the contract of Teaclave's hexadecimal lists refuses it as a digit. */
  readonly keepReturns?: boolean;
}

const REMEDY = 'Save the file as UTF-8 (in Excel: "CSV UTF-8").';

/** The text of an input. It may be read once for each time that the input may. @throws FunctionError `invalid-input`, while it is read */
export function openText(input: Input, options: TextOptions): Input {
  const chunks = () => textChunks(input, options);
  return input.size === undefined ? { chunks } : { size: input.size, chunks };
}

async function* textChunks(input: Input, options: TextOptions): AsyncGenerator<Uint8Array, void, void> {
  const reader = new TextReader(options);
  for await (const chunk of input.chunks()) yield* reader.take(chunk);
  yield* reader.end();
}

class TextReader {
  readonly #options: TextOptions;
  readonly #ends: LineEnds;
  #head: Uint8Array | undefined = new Uint8Array(0);
  #utf16: Utf16Decoder | undefined;
  /** The beginning of a character that the last chunk ended inside of. */
  #held: Uint8Array = new Uint8Array(0);
  /** Bytes of the input that were checked. */
  #offset = 0;
  /** Line feeds that were given out. */
  #lines = 0;

  constructor(options: TextOptions) {
    this.#options = options;
    this.#ends = new LineEnds(options);
  }

  *take(chunk: Uint8Array): Generator<Uint8Array, void, void> {
    if (!this.#head) return yield* this.#decode(chunk);
    // A first chunk that is long enough is looked at where it lies. A shorter one is copied: its memory may be used again.
    const enough = this.#head.length === 0 && chunk.length >= HEAD;
    this.#head = enough ? chunk : Buffer.concat([this.#head, chunk]);
    if (this.#head.length >= HEAD) yield* this.#begin();
  }

  *end(): Generator<Uint8Array, void, void> {
    if (this.#head) yield* this.#begin();
    if (this.#utf16?.isCut) this.#refuse('ends inside a character of UTF-16');
    if (this.#held.length > 0) this.#requireUtf8(this.#held, true);
    for (const last of this.#ends.end()) yield last;
  }

  *#begin(): Generator<Uint8Array, void, void> {
    const head = this.#head ?? new Uint8Array(0);
    this.#head = undefined;
    const { encoding, mark, what, remedy = REMEDY }: Detected = detectEncoding(head);
    if (encoding === undefined) {
      throw new FunctionError('invalid-input', `${this.#options.name} is no text: it is ${what}. ${remedy}`);
    }
    this.#offset = mark;
    if (encoding !== 'utf-8') this.#utf16 = new Utf16Decoder(encoding === 'utf-16be');
    yield* this.#decode(head.subarray(mark));
  }

  *#decode(chunk: Uint8Array): Generator<Uint8Array, void, void> {
    if (!this.#utf16) return yield* this.#check(chunk);
    for (const text of this.#utf16.decode(chunk)) {
      if (!text.isWellFormed()) {
        const before = Buffer.from(text.slice(0, text.search(/\p{Surrogate}/u)));
        this.#requireText(before);
        this.#refuse('is not UTF-16, as its byte order mark says', before);
      }
      yield* this.#give(Buffer.from(text));
    }
  }

  /** Checks a chunk of UTF-8; a character that it ends inside of waits for the next one. */
  *#check(chunk: Uint8Array): Generator<Uint8Array, void, void> {
    let start = 0;
    if (this.#held.length > 0) {
      const length = sequenceLength(this.#held[0] ?? 0);
      start = length - this.#held.length;
      const joined = Buffer.concat([this.#held, chunk.subarray(0, start)]);
      this.#held = joined;
      if (joined.length < length) return;
      this.#requireUtf8(joined);
      this.#held = new Uint8Array(0);
      yield* this.#give(joined);
    }
    const rest = chunk.subarray(start);
    const end = endOfWhole(rest);
    const whole = rest.subarray(0, end);
    if (end < rest.length) this.#held = rest.slice(end);
    this.#requireUtf8(whole);
    yield* this.#give(whole);
  }

  *#give(text: Uint8Array): Generator<Uint8Array, void, void> {
    this.#requireText(text);
    for (const part of this.#ends.take(text)) {
      this.#lines += countFeeds(part);
      yield part;
    }
  }

  #requireText(text: Uint8Array): void {
    const nul = Buffer.from(text.buffer, text.byteOffset, text.byteLength).indexOf(0);
    if (nul >= 0) {
      this.#refuse('has a NUL character, as UTF-16 without a byte order mark has', text.subarray(0, nul));
    }
  }

  /** `last`: the text ends with these bytes; else what follows them begins a character. */
  #requireUtf8(bytes: Uint8Array, last = false): void {
    if (isUtf8(bytes)) {
      this.#offset += bytes.length;
      return;
    }
    const { index, length } = findUtf8Fault(bytes) ?? { index: 0, length: undefined };
    const wrong = length ?? (last ? undefined : bytes.length - index);
    const { contract } = this.#options;
    if (contract === 'lines') throw new FunctionError('invalid-input', 'stream did not contain valid UTF-8');
    if (contract) throw contractFault(this.#offset + index, wrong);
    const before = bytes.subarray(0, index);
    this.#requireText(before);
    if (wrong === undefined)
      this.#refuse(
        'ends inside a character of UTF-8: it is cut off, or in another encoding, such as Windows-1252 or Latin-1',
        before,
      );
    this.#refuse('is not UTF-8 but in another encoding, such as Windows-1252 or Latin-1', before);
  }

  /** `before`: what of the text was not given out yet and stands before the fault. */
  #refuse(what: string, before: Uint8Array = new Uint8Array(0)): never {
    let line = this.#lines + 1;
    for (const part of [...this.#ends.take(before), ...this.#ends.end()]) line += countFeeds(part);
    throw new FunctionError('invalid-input', `Line ${line} of ${this.#options.name} ${what}. ${REMEDY}`);
  }
}

/** The text of Rust's `Utf8Error`. */
function contractFault(index: number, length: number | undefined): FunctionError {
  return new FunctionError(
    'invalid-input',
    length === undefined
      ? `incomplete utf-8 byte sequence from index ${index}`
      : `invalid utf-8 sequence of ${length} bytes from index ${index}`,
  );
}
