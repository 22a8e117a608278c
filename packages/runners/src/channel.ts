/**
 * The process's side of the executor protocol (docs/executor-protocol.md), synchronous: a request is written, and the
 * answer waited for in the kernel. Code of the sandbox: imports nothing of the platform.
 */
import { ChannelError } from './channel-error.ts';
import { FrameReader } from './frame-reader.ts';
import { writeAll } from './io.ts';

/** The largest body of a frame that is no `prepare` or `done`, and so what one request can read or write. */
export const MAX_BODY: number = 1 << 20;
const MAX_CODE = 32 << 20;
/** The worker refuses a longer one, by its limit. */
const MAX_RESULT = 8 << 20;
const MAX_MESSAGE = 64 << 10;
/** Bodies up to here leave in one piece with their head. */
const SMALL = 64 << 10;

export interface Limits {
  readonly timeMs: number;
  readonly cpuMs: number;
  readonly memoryMiB: number;
  readonly outputBytes: number;
  readonly logBytes: number;
  readonly files: number;
}

export interface Job {
  /** Name of the function. */
  readonly function: string;
  /** Text of a JSON object, exactly as approved. */
  readonly arguments: string;
  readonly inputs: readonly { readonly name: string; readonly size: number }[];
  readonly outputs: readonly string[];
  readonly limits: Limits;
}

export interface Prepared {
  readonly executorType: string;
  readonly executor: string;
  readonly code: Uint8Array<ArrayBuffer>;
}

export { ChannelError } from './channel-error.ts';

/** The worker refused a request; the job goes on. */
export class RefusedError extends Error {
  override readonly name = 'RefusedError';
}

export interface Streams {
  readonly input: number;
  readonly output: number;
}

export class Channel {
  readonly #frames: FrameReader;
  readonly #output: number;
  #scratch: Buffer = Buffer.allocUnsafe(8 << 10);

  /** File descriptors; by default standard input and output. */
  constructor({ input, output }: Streams = { input: 0, output: 1 }) {
    this.#frames = new FrameReader(input);
    this.#output = output;
  }

  ready(): void {
    this.#send({ type: 'ready', protocol: 1 });
  }

  /** Waits for the code; nothing of it may run before `job()` has returned. */
  prepare(): Prepared {
    const head = this.#head('prepare', MAX_CODE);
    const code = new Uint8Array(this.#frames.bodyLength);
    this.#frames.body(code);
    return { executorType: text(head, 'executorType'), executor: text(head, 'executor'), code };
  }

  job(): Job {
    const head = this.#head('job', 0);
    text(head, 'function');
    text(head, 'arguments');
    if (!Array.isArray(head['inputs']) || !Array.isArray(head['outputs']) || !head['limits']) {
      throw new ChannelError('A job without inputs, outputs or limits.');
    }
    return head as unknown as Job;
  }

  /** A new cursor at byte 0. Throws `RefusedError`. */
  open(input: string): { handle: number; size: number } {
    const answer = this.#ask({ type: 'open', input });
    return { handle: count(answer, 'handle'), size: count(answer, 'size') };
  }

  /** Throws `RefusedError`. */
  create(output: string): number {
    return count(this.#ask({ type: 'create', output }), 'handle');
  }

  /** Fills the front of `target` with what comes next, and tells how many bytes: fewer only at the input's end. Throws `RefusedError`. */
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

  /** The job is over. A result beyond 8 MiB is cut: one byte too many says it all. */
  done(result: Uint8Array): void {
    this.#send({ type: 'done' }, result.subarray(0, MAX_RESULT + 1));
  }

  /** The job is over: the function refused or failed. `limit`: this process itself held it to that. */
  failed(message: string, limit?: 'memory'): void {
    this.#send({ type: 'failed', message: clip(message), limit });
  }

  #ask(head: object, body?: Uint8Array, answerLimit = 0): Record<string, unknown> {
    this.#send(head, body);
    const answer = this.#frames.head();
    if (answer['type'] === 'error') {
      this.#expectBody(0);
      throw new RefusedError(text(answer, 'message'));
    }
    if (answer['type'] !== 'ok') throw new ChannelError('The worker answered with something else.');
    this.#expectBody(answerLimit);
    return answer;
  }

  #head(type: string, bodyLimit: number): Record<string, unknown> {
    const head = this.#frames.head();
    if (head['type'] !== type) throw new ChannelError(`Expected the frame "${type}".`);
    this.#expectBody(bodyLimit);
    return head;
  }

  #expectBody(limit: number): void {
    if (this.#frames.bodyLength > limit) throw new ChannelError('A body is longer than the protocol allows.');
  }

  #send(head: object, body: Uint8Array = EMPTY): void {
    const json = JSON.stringify(head);
    const together = body.length <= SMALL;
    const room = 8 + 3 * json.length + (together ? body.length : 0);
    if (this.#scratch.length < room) this.#scratch = Buffer.allocUnsafe(2 * room);
    const scratch = this.#scratch;
    let length = scratch.write(json, 8);
    scratch.writeUInt32BE(length, 0);
    scratch.writeUInt32BE(body.length, 4);
    length += 8;
    if (together) {
      scratch.set(body, length);
      length += body.length;
    }
    writeAll(this.#output, scratch.subarray(0, length));
    if (!together) writeAll(this.#output, body);
  }
}

const EMPTY = new Uint8Array(0);

function text(head: Record<string, unknown>, key: string): string {
  const value = head[key];
  if (typeof value !== 'string') throw new ChannelError(`A frame lacks "${key}".`);
  return value;
}

function count(head: Record<string, unknown>, key: string): number {
  const value = head[key];
  if (!Number.isSafeInteger(value) || (value as number) < 0)
    throw new ChannelError(`A frame lacks "${key}".`);
  return value as number;
}

/** What is kept of a message, without half a character at its end. */
function clip(message: string): string {
  const bytes = Buffer.from(message);
  if (bytes.length <= MAX_MESSAGE) return message;
  let end = MAX_MESSAGE;
  while (((bytes[end] ?? 0) & 0xc0) === 0x80) end--;
  return bytes.toString('utf8', 0, end);
}
