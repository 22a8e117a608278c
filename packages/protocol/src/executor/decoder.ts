/** Takes a stream of bytes apart into frames. Holds one frame and one chunk at most, whatever comes. */
import { MAX_LARGE_BODY, MAX_PROCESS_HEAD } from './constants.ts';
import { ProtocolError } from './errors.ts';
import { checkBody, decodeHead, type Frame, PREFIX } from './frame.ts';

export interface DecoderOptions {
  /** Bytes; default `MAX_PROCESS_HEAD`. */
  readonly maxHead?: number;
}

/**
 * A length that is too great is refused as soon as it is there, and memory is taken as bytes arrive, never because a
 * length promises them. After a `ProtocolError` it cannot be used again.
 */
export class FrameDecoder {
  readonly #maxHead: number;
  readonly #prefix = Buffer.alloc(PREFIX);
  /** The head or body that is being collected; grows by doubling, as one byte at a time must not cost an object each. */
  #buffer = Buffer.alloc(0);
  #collected = 0;
  #headLength: number | undefined;
  #bodyLength = 0;
  #head: Frame['head'] | undefined;

  constructor({ maxHead = MAX_PROCESS_HEAD }: DecoderOptions = {}) {
    this.#maxHead = maxHead;
  }

  /** Whether the stream may end here. */
  get atBoundary(): boolean {
    return this.#collected === 0 && this.#headLength === undefined;
  }

  /**
   * The frames that end in this chunk; their bodies are copies.
   *
   * @throws ProtocolError ('head-too-long', 'body-too-long', 'bad-head').
   */
  *push(chunk: Uint8Array): Generator<Frame, void, undefined> {
    for (let at = 0; ; ) {
      const missing = this.#wanted() - this.#collected;
      const part = chunk.subarray(at, at + missing);
      at += part.length;
      this.#collect(part);
      if (part.length < missing) return;
      const frame = this.#complete();
      if (frame) yield frame;
    }
  }

  #wanted(): number {
    if (this.#headLength === undefined) return PREFIX;
    return this.#head ? this.#bodyLength : this.#headLength;
  }

  #collect(part: Uint8Array): void {
    const end = this.#collected + part.length;
    if (this.#headLength === undefined) {
      this.#prefix.set(part, this.#collected);
    } else {
      if (end > this.#buffer.length) this.#grow(end);
      this.#buffer.set(part, this.#collected);
    }
    this.#collected = end;
  }

  #grow(least: number): void {
    const larger = Buffer.allocUnsafeSlow(Math.min(this.#wanted(), Math.max(least, 2 * this.#buffer.length)));
    larger.set(this.#buffer.subarray(0, this.#collected));
    this.#buffer = larger;
  }

  /** What was collected is whole. */
  #complete(): Frame | undefined {
    const bytes = this.#buffer.subarray(0, this.#collected);
    this.#collected = 0;
    if (this.#headLength === undefined) {
      this.#lengths();
      return undefined;
    }
    this.#buffer = Buffer.alloc(0);
    if (!this.#head) {
      this.#head = decodeHead(bytes);
      checkBody(this.#head.type, this.#bodyLength);
      return undefined;
    }
    const frame = { head: this.#head, body: bytes };
    this.#head = undefined;
    this.#headLength = undefined;
    return frame;
  }

  #lengths(): void {
    const head = this.#prefix.readUInt32BE(0);
    const body = this.#prefix.readUInt32BE(4);
    if (head > this.#maxHead)
      throw new ProtocolError('head-too-long', `A head of ${head} bytes is announced.`);
    if (body > MAX_LARGE_BODY)
      throw new ProtocolError('body-too-long', `A body of ${body} bytes is announced.`);
    this.#headLength = head;
    this.#bodyLength = body;
  }
}
