/** The files of one job, as a sandbox sees them: handles to staged inputs and outputs, by the protocol's rules. */
import { dictionary } from '@gaiwan/errors';
import { OUTPUT_HANDLE } from '@gaiwan/protocol/executor';
import { ExecutorError } from '../errors.ts';
import { limits } from '../limits.ts';
import { type Staged, Stager } from '../staged.ts';
import type { StagingMemory } from '../staging-memory.ts';
import { type Cursor, InputReader } from './input-reader.ts';
import { RequestError } from './request-error.ts';

/** The contract's table of handles ends there. */
const MOST_FILES = limits.openedFiles.value;

/** What a job may read and write. */
export interface TaskFilesOptions {
  readonly inputs: Readonly<Record<string, Staged>>;
  readonly outputs: readonly string[];
  readonly outputBytes: number;
  readonly files: number;
  /** For spool files. */
  readonly folder: string;
  /** For all outputs together, before the disk. */
  readonly memory: StagingMemory;
}

interface Output {
  readonly handle: number;
  readonly stager: Stager;
  /** Once it is closed. */
  staged?: Staged;
}

/** Throws `RequestError`, and for what ends the job `ExecutorError` ('output-limit', 'files-limit') and `HostFault` ('disk'). */
export class TaskFiles {
  readonly #options: TaskFilesOptions;
  readonly #inputs: ReadonlyMap<string, Staged>;
  readonly #reader = new InputReader();
  readonly #cursors = new Map<number, Cursor>();
  readonly #outputs = new Map<string, Output>();
  readonly #open = new Map<number, Output>();
  #opened = 0;
  #written = 0;

  constructor(options: TaskFilesOptions) {
    this.#options = options;
    this.#inputs = new Map(Object.entries(options.inputs));
  }

  open(input: string): { handle: number; size: number } {
    const staged = this.#inputs.get(input);
    if (!staged) throw new RequestError('unknown-input', 'Invalid input file identifier.');
    const handle = this.#next();
    this.#cursors.set(handle, { staged, chunk: 0, offset: 0 });
    return { handle, size: staged.size };
  }

  create(output: string): { handle: number } {
    if (!this.#options.outputs.includes(output)) {
      throw new RequestError('unknown-output', 'Invalid output file identifier');
    }
    // Bit 30 is free: the counter ends at 1,023.
    const handle = this.#next() + OUTPUT_HANDLE;
    const before = this.#outputs.get(output);
    if (before) this.#drop(before);
    const created = { handle, stager: new Stager(this.#options.folder, this.#options.memory) };
    this.#outputs.set(output, created);
    this.#open.set(handle, created);
    return { handle };
  }

  /** As many bytes as were asked for, fewer only at the end. */
  read(handle: number, length: number): Uint8Array {
    const cursor = this.#cursors.get(handle);
    if (!cursor) throw new RequestError('bad-handle', `Handle ${handle} is not that of an open input.`);
    return this.#reader.read(cursor, length);
  }

  write(handle: number, bytes: Uint8Array): void {
    const output = this.#open.get(handle);
    if (!output) throw new RequestError('bad-handle', `Handle ${handle} is not that of an open output.`);
    this.charge(bytes.length);
    output.stager.write(bytes);
  }

  close(handle: number): void {
    const output = this.#open.get(handle);
    if (output) {
      output.staged = output.stager.finish();
      this.#open.delete(handle);
    } else if (!this.#cursors.delete(handle)) {
      throw new RequestError('bad-handle', `Handle ${handle} is not open.`);
    }
  }

  /** Counts towards `outputBytes`. */
  charge(bytes: number): void {
    this.#written += bytes;
    const { outputBytes } = this.#options;
    if (this.#written > outputBytes) {
      throw new ExecutorError(
        'output-limit',
        `The function wrote more than the ${outputBytes} bytes of outputs and result that the task allows.`,
      );
    }
  }

  /** Closes everything. Those outputs that were created. */
  finish(): Readonly<Record<string, Staged>> {
    this.#reader.forget();
    for (const handle of this.#open.keys()) this.close(handle);
    return dictionary([...this.#outputs].flatMap(([name, { staged }]) => (staged ? [[name, staged]] : [])));
  }

  /** Closes everything, and nothing is kept. */
  abort(): void {
    this.#reader.forget();
    for (const output of this.#outputs.values()) this.#drop(output);
    this.#outputs.clear();
  }

  #drop({ handle, stager }: Output): void {
    this.#open.delete(handle);
    this.#written -= stager.size;
    stager.abort();
  }

  #next(): number {
    const most = Math.min(this.#options.files, MOST_FILES);
    if (this.#opened >= most) {
      throw new ExecutorError(
        'files-limit',
        `The function opened files more than the ${most} times that the task allows.`,
      );
    }
    return ++this.#opened;
  }
}
