/**
 * The process's side of the executor protocol (docs/executor-protocol.md), synchronous: a request is written, and the
 * answer waited for in the kernel.
 */
import {
  encodeFrame,
  type Failure,
  type Job,
  MAX_BODY,
  MAX_LARGE_BODY,
  MAX_MESSAGE,
  MAX_RESULT,
  PROTOCOL_VERSION,
  type ProcessHead,
  ProtocolError,
  type WorkerMessage,
  workerMessage,
} from '@gaiwan/protocol/executor';
import { ChannelError } from './channel-error.ts';
import { FrameReader } from './frame-reader.ts';
import { writeAll } from './io.ts';
import { RefusedError } from './refused-error.ts';

/** A function's code, with the pair that it was registered for. */
export interface Prepared {
  readonly executorType: string;
  readonly executor: string;
  readonly code: Uint8Array<ArrayBuffer>;
}

/** File descriptors. */
export interface Streams {
  readonly input: number;
  readonly output: number;
}

type Message<Type extends WorkerMessage['type']> = Extract<WorkerMessage, { type: Type }>;

/** One request at a time. Each method throws `ChannelError` where the stream is broken or over. */
export class Channel {
  readonly #frames: FrameReader;
  readonly #output: number;

  /** By default standard input and output. */
  constructor({ input, output }: Streams = { input: 0, output: 1 }) {
    this.#frames = new FrameReader(input);
    this.#output = output;
  }

  /** `nonce`: of the call after which it is ready again. Nothing of that call remains here. */
  ready(nonce?: string): void {
    if (nonce !== undefined) this.#frames.wipe();
    this.#send({ type: 'ready', protocol: PROTOCOL_VERSION, ...(nonce !== undefined && { nonce }) });
  }

  /** Waits for the code; nothing of it may run before `job()` has returned. */
  prepare(): Prepared {
    const message = this.#receive();
    if (message.type !== 'prepare') throw unexpected('prepare');
    this.#expectBody(MAX_LARGE_BODY);
    const code = new Uint8Array(this.#frames.bodyLength);
    this.#frames.body(code);
    return { executorType: message.executorType, executor: message.executor, code };
  }

  job(): Job {
    const message = this.#receive();
    if (message.type !== 'job') throw unexpected('job');
    this.#expectBody(0);
    return message;
  }

  /** Waits for the end of a call that is done: its nonce. Undefined where the worker wants no further call of this process. */
  end(): string | undefined {
    let message: WorkerMessage;
    try {
      message = this.#receive();
    } catch (error) {
      if (error instanceof ChannelError) return undefined;
      throw error;
    }
    if (message.type !== 'end') throw unexpected('end');
    this.#expectBody(0);
    return message.nonce;
  }

  /** A new cursor at byte 0. Throws `RefusedError`. */
  open(input: string): { handle: number; size: number } {
    const { handle, size } = this.#ask({ type: 'open', input });
    if (handle === undefined || size === undefined)
      throw new ChannelError('An answer lacks its handle or size.');
    return { handle, size };
  }

  /** Throws `RefusedError`. */
  create(output: string): number {
    const { handle } = this.#ask({ type: 'create', output });
    if (handle === undefined) throw new ChannelError('An answer lacks its handle.');
    return handle;
  }

  /** Fills the front of `target` with what comes next, and returns how many bytes: fewer only at the input's end. Throws `RefusedError`. */
  read(handle: number, target: Uint8Array): number {
    let filled = 0;
    while (filled < target.length) {
      const length = Math.min(MAX_BODY, target.length - filled);
      this.#ask({ type: 'read', handle, length }, undefined, length);
      const got = this.#frames.bodyLength;
      this.#frames.body(target.subarray(filled, filled + got));
      filled += got;
      if (got < length) break;
    }
    return filled;
  }

  /** All of the bytes, in as many requests as it takes. Throws `RefusedError`. */
  write(handle: number, bytes: Uint8Array): void {
    let at = 0;
    do {
      const part = bytes.subarray(at, at + MAX_BODY);
      this.#ask({ type: 'write', handle }, part);
      at += part.length;
    } while (at < bytes.length);
  }

  /** Throws `RefusedError`. */
  close(handle: number): void {
    this.#ask({ type: 'close', handle });
  }

  /** The job is over. A result beyond the limit is cut: one byte too many is enough for the worker to refuse it. */
  done(result: Uint8Array): void {
    this.#send({ type: 'done' }, result.subarray(0, MAX_RESULT + 1));
  }

  /** The job is over: the function refused or failed. */
  reportFailure({ message, limit, code }: Failure): void {
    this.#send({ type: 'failed', message: clip(message), limit, code });
  }

  #ask(head: ProcessHead, body?: Uint8Array, answerLimit = 0): Message<'ok'> {
    this.#send(head, body);
    const answer = this.#receive();
    if (answer.type === 'error') {
      this.#expectBody(0);
      throw new RefusedError(answer.code, answer.message);
    }
    if (answer.type !== 'ok') throw unexpected('ok');
    this.#expectBody(answerLimit);
    return answer;
  }

  #receive(): WorkerMessage {
    const head = this.#frames.head();
    try {
      return workerMessage(head);
    } catch (cause) {
      if (cause instanceof ProtocolError) throw new ChannelError(cause.message, { cause });
      throw cause;
    }
  }

  #expectBody(limit: number): void {
    if (this.#frames.bodyLength > limit) throw new ChannelError('A body is longer than the protocol allows.');
  }

  #send(head: ProcessHead, body?: Uint8Array): void {
    for (const part of encodeFrame({ ...head }, body)) writeAll(this.#output, part);
  }
}

const unexpected = (type: string) => new ChannelError(`Expected the frame "${type}".`);

/** What is kept of a message, without half a character at its end. */
function clip(message: string): string {
  const bytes = Buffer.from(message);
  if (bytes.length <= MAX_MESSAGE) return message;
  let end = MAX_MESSAGE;
  while (((bytes[end] ?? 0) & 0xc0) === 0x80) end--;
  return bytes.toString('utf8', 0, end);
}
