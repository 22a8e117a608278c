/**
 * The task's files in memory, with the handle rules of the protocol; and a job to go with them. Each request passes the worker's own reader of
 * messages, so what would end a process ends a test.
 */
import {
  type Job,
  MAX_BODY,
  OUTPUT_HANDLE,
  type ProcessHead,
  processMessage,
} from '@gaiwan/protocol/executor';
import type { FileRequests } from '../files.ts';
import { RefusedError } from '../refused-error.ts';

export class MemoryFiles implements FileRequests {
  readonly outputs = new Map<string, Buffer>();
  /** How often each request was made. */
  readonly requests: Record<string, number> = {};
  readonly #inputs: Readonly<Record<string, Uint8Array | string>>;
  readonly #allowed: readonly string[];
  readonly #cursors = new Map<number, { bytes: Uint8Array; at: number }>();
  readonly #writers = new Map<number, string>();
  readonly #files: number;
  #opened = 0;

  constructor(
    inputs: Readonly<Record<string, Uint8Array | string>>,
    outputs: readonly string[],
    files = 1023,
  ) {
    this.#inputs = inputs;
    this.#allowed = outputs;
    this.#files = files;
  }

  open(input: string): { handle: number; size: number } {
    said({ type: 'open', input });
    const content = Object.hasOwn(this.#inputs, input) ? this.#inputs[input] : undefined;
    if (content === undefined) throw new RefusedError('unknown-input', 'Invalid input file identifier.');
    const handle = this.#next('open');
    const bytes = typeof content === 'string' ? Buffer.from(content) : content;
    this.#cursors.set(handle, { bytes, at: 0 });
    return { handle, size: bytes.length };
  }

  create(output: string): number {
    said({ type: 'create', output });
    if (!this.#allowed.includes(output))
      throw new RefusedError('unknown-output', 'Invalid output file identifier');
    const handle = this.#next('create') | OUTPUT_HANDLE;
    this.outputs.set(output, Buffer.alloc(0));
    this.#writers.set(handle, output);
    return handle;
  }

  read(handle: number, target: Uint8Array): number {
    said({ type: 'read', handle, length: Math.min(MAX_BODY, target.length) });
    this.#count('read');
    const cursor = this.#cursors.get(handle);
    if (!cursor) throw new RefusedError('bad-handle', 'No such handle.');
    const part = cursor.bytes.subarray(cursor.at, cursor.at + target.length);
    target.set(part);
    cursor.at += part.length;
    return part.length;
  }

  write(handle: number, bytes: Uint8Array): void {
    said({ type: 'write', handle });
    this.#count('write');
    const output = this.#writers.get(handle);
    if (output === undefined) throw new RefusedError('bad-handle', 'No such handle.');
    this.outputs.set(output, Buffer.concat([this.outputs.get(output) ?? Buffer.alloc(0), bytes]));
  }

  close(handle: number): void {
    said({ type: 'close', handle });
    this.#count('close');
    if (!this.#cursors.delete(handle) && !this.#writers.delete(handle))
      throw new RefusedError('bad-handle', 'No such handle.');
  }

  #next(request: string): number {
    this.#count(request);
    if (this.#opened === this.#files)
      throw new Error(`The worker would end it: more than ${this.#files} files were opened (files-limit).`);
    return ++this.#opened;
  }

  #count(request: string): void {
    this.requests[request] = (this.requests[request] ?? 0) + 1;
  }
}

/** Throws `ProtocolError` where the worker would end the process. */
function said(head: ProcessHead): void {
  processMessage({ head: JSON.parse(JSON.stringify(head)), body: new Uint8Array(0) });
}

/** @param args An object, or its text. */
export function jobFor(
  args: unknown,
  inputs: Readonly<Record<string, Uint8Array | string>> = {},
  outputs: readonly string[] = [],
  limits: Partial<Job['limits']> = {},
): Job {
  return {
    function: 'f',
    arguments: typeof args === 'string' ? args : JSON.stringify(args),
    inputs: Object.entries(inputs).map(([name, content]) => ({ name, size: Buffer.from(content).length })),
    outputs,
    limits: {
      timeMs: 10_000,
      cpuMs: 10_000,
      memoryMiB: 64,
      outputBytes: 1 << 20,
      logBytes: 1 << 16,
      files: 1023,
      ...limits,
    },
  };
}
