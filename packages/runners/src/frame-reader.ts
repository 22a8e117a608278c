/** Takes frames of the executor protocol from a file descriptor, one by one, with bounds. */
import { decodeHead, type FrameHead, MAX_HEAD, PREFIX, ProtocolError } from '@gaiwan/protocol/executor';
import { ChannelError } from './channel-error.ts';
import { readSome } from './io.ts';

const BUFFER = 64 << 10;

/** Holds one head and one buffer, and takes bodies straight to where they belong. */
export class FrameReader {
  readonly #input: number;
  readonly #buffer: Buffer = Buffer.allocUnsafe(BUFFER);
  #start = 0;
  #end = 0;
  #bodyLength = 0;

  constructor(input: number) {
    this.#input = input;
  }

  /** Of the frame whose head was read last, until its body is taken. */
  get bodyLength(): number {
    return this.#bodyLength;
  }

  /** Waits for the next frame, and skips nothing: the body of the one before must have been taken. Throws `ChannelError`. */
  head(): FrameHead {
    if (this.#bodyLength !== 0) throw new ChannelError('A body was not taken.');
    const lengths = this.#take(PREFIX);
    const headLength = lengths.readUInt32BE(0);
    this.#bodyLength = lengths.readUInt32BE(4);
    if (headLength > MAX_HEAD) throw new ChannelError('A head is longer than the protocol allows.');
    const bytes = this.#take(headLength);
    try {
      return decodeHead(bytes);
    } catch (cause) {
      if (cause instanceof ProtocolError) throw new ChannelError(cause.message, { cause });
      throw cause;
    }
  }

  /** Fills `target`, which must have the body's length. Large ones go there straight from the kernel. */
  body(target: Uint8Array): void {
    if (target.length !== this.#bodyLength)
      throw new ChannelError('A body has another length than expected.');
    let filled = Math.min(target.length, this.#end - this.#start);
    target.set(this.#buffer.subarray(this.#start, this.#start + filled));
    this.#start += filled;
    while (filled < target.length) filled += this.#some(target.subarray(filled));
    this.#bodyLength = 0;
  }

  /** Of frames that were taken nothing remains. What came too early for this is refused. Throws `ChannelError`. */
  wipe(): void {
    if (this.#start !== this.#end) throw new ChannelError('A frame came before it was asked for.');
    this.#buffer.fill(0);
  }

  /** The bytes are valid until the next call. */
  #take(length: number): Buffer {
    if (length > BUFFER) return this.#takeLong(length);
    if (BUFFER - this.#start < length) {
      this.#buffer.copy(this.#buffer, 0, this.#start, this.#end);
      this.#end -= this.#start;
      this.#start = 0;
    }
    while (this.#end - this.#start < length) this.#end += this.#some(this.#buffer.subarray(this.#end));
    this.#start += length;
    const bytes = this.#buffer.subarray(this.#start - length, this.#start);
    if (this.#start === this.#end) this.#start = this.#end = 0;
    return bytes;
  }

  #takeLong(length: number): Buffer {
    const bytes = Buffer.allocUnsafe(length);
    let filled = this.#buffer.copy(bytes, 0, this.#start, this.#end);
    this.#start = this.#end = 0;
    while (filled < length) filled += this.#some(bytes.subarray(filled));
    return bytes;
  }

  #some(target: Uint8Array): number {
    const got = readSome(this.#input, target);
    if (got === 0) throw new ChannelError('The worker closed the stream.');
    return got;
  }
}
