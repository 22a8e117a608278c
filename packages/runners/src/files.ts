/**
 * The task's files with small reads and writes gathered: a request to the worker costs two switches between processes, and
 * programs like to read line by line.
 */
import { MAX_HANDLE, OUTPUT_HANDLE } from '@gaiwan/protocol/executor';
import { limits } from './limits.ts';
import { RefusedError } from './refused-error.ts';

/** Requests of the executor protocol; each throws `RefusedError`. */
export interface FileRequests {
  open(input: string): { handle: number; size: number };
  create(output: string): number;
  /** Fills `target`, or as much of it as the input still has. */
  read(handle: number, target: Uint8Array): number;
  write(handle: number, bytes: Uint8Array): void;
  close(handle: number): void;
}

const GATHER = 16 << 10;

interface Buffered {
  readonly bytes: Uint8Array;
  start: number;
  end: number;
}

/** All throw `RefusedError` for what the worker refuses, among it handles that are closed, unknown or of the other kind. */
export class Files {
  readonly #channel: FileRequests;
  readonly #buffers = new Map<number, Buffered>();

  constructor(channel: FileRequests) {
    this.#channel = channel;
  }

  open(input: string): { handle: number; size: number } {
    return this.#channel.open(nameOf(input, 'unknown-input'));
  }

  create(output: string): number {
    return this.#channel.create(nameOf(output, 'unknown-output'));
  }

  /** Fills `target`, or as much of it as the input still has. */
  read(handle: number, target: Uint8Array): number {
    checkHandle(handle);
    if (target.length === 0) return 0;
    if (handle >= OUTPUT_HANDLE) return this.#channel.read(handle, target);
    let buffer = this.#buffers.get(handle);
    const held = buffer ? this.#serve(buffer, target) : 0;
    const rest = target.subarray(held);
    if (rest.length === 0) return held;
    if (rest.length >= GATHER) return held + this.#channel.read(handle, rest);
    buffer ??= { bytes: new Uint8Array(GATHER), start: 0, end: 0 };
    buffer.start = 0;
    buffer.end = this.#channel.read(handle, buffer.bytes);
    this.#buffers.set(handle, buffer);
    return held + this.#serve(buffer, rest);
  }

  write(handle: number, bytes: Uint8Array): void {
    checkHandle(handle);
    if (handle < OUTPUT_HANDLE) {
      this.#channel.write(handle, bytes);
      return;
    }
    const buffer = this.#buffers.get(handle);
    if (!buffer) {
      // The first write goes through: an invalid handle is refused at once.
      this.#channel.write(handle, bytes);
      this.#buffers.set(handle, { bytes: new Uint8Array(GATHER), start: 0, end: 0 });
      return;
    }
    if (buffer.end + bytes.length > GATHER) this.#flush(handle, buffer);
    if (bytes.length >= GATHER) {
      this.#channel.write(handle, bytes);
      return;
    }
    buffer.bytes.set(bytes, buffer.end);
    buffer.end += bytes.length;
  }

  close(handle: number): void {
    checkHandle(handle);
    const buffer = this.#buffers.get(handle);
    this.#buffers.delete(handle);
    if (buffer && handle >= OUTPUT_HANDLE) this.#flush(handle, buffer);
    this.#channel.close(handle);
  }

  /** Before the job's end: what was written and never closed. */
  flush(): void {
    for (const [handle, buffer] of this.#buffers) if (handle >= OUTPUT_HANDLE) this.#flush(handle, buffer);
  }

  #flush(handle: number, buffer: Buffered): void {
    const end = buffer.end;
    buffer.end = 0;
    if (end > 0) this.#channel.write(handle, buffer.bytes.subarray(0, end));
  }

  #serve(buffer: Buffered, target: Uint8Array): number {
    const count = Math.min(target.length, buffer.end - buffer.start);
    target.set(buffer.bytes.subarray(buffer.start, buffer.start + count));
    buffer.start += count;
    return count;
  }
}

/** A program may ask with any number. One that no message can carry is refused here, in the worker's words. */
function checkHandle(handle: number): void {
  if (Number.isInteger(handle) && handle >= 0 && handle <= MAX_HANDLE) return;
  throw new RefusedError('bad-handle', `Handle ${handle} is not open.`);
}

/** No file of a task has a name that is too long for a message. */
function nameOf(name: string, code: 'unknown-input' | 'unknown-output'): string {
  if (name.length <= limits.fileName.value) return name;
  throw new RefusedError(
    code,
    code === 'unknown-input' ? 'Invalid input file identifier.' : 'Invalid output file identifier',
  );
}
