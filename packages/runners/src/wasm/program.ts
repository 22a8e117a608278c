/** A module that is ready to run, and one run of it. */

import { setFlagsFromString } from 'node:v8';
import type { Job } from '@gaiwan/protocol/executor';
import { RESOLUTION } from '../clock.ts';
import { RunnerFailure } from '../failure.ts';
import type { Files } from '../files.ts';
import { flattenArguments, refuseNul } from '../flatten.ts';
import { sleep, writeAll } from '../io.ts';
import { limits } from '../limits.ts';
import type {} from '../webassembly.ts';
import { placeArguments } from './arguments.ts';
import { callEntry, exportedCall } from './call.ts';
import { provide, teaclaveFunctions } from './env.ts';
import { type Exposed, expose } from './expose.ts';
import { Guest } from './guest.ts';
import { type ModuleInfo, readModule } from './module-info.ts';
import { Stop } from './stop.ts';
import { trapReason } from './traps.ts';
import { inputsFolder, outputsFolder } from './wasi/folders.ts';
import { Exit, WASI, wasiFunctions } from './wasi/index.ts';
import { scratchFolder } from './wasi/scratch.ts';

const PAGES_PER_MIB = 16;
const MAX_PAGES = 65_536;

/** Nanoseconds. */
const now = () => BigInt(Date.now()) * 1_000_000n;

/** A compiled module. Each run has an instance of its own, with its own memory and files. */
export class Program {
  readonly #info: ModuleInfo;
  readonly #exposed: Exposed;
  readonly #module: WebAssembly.Module;

  /** Compiles; runs nothing. Throws `RunnerFailure`. */
  constructor(code: Uint8Array<ArrayBuffer>) {
    this.#info = readModule(code);
    this.#exposed = expose(code, this.#info);
    try {
      this.#module = new WebAssembly.Module(this.#exposed.bytes);
    } catch (error) {
      throw new RunnerFailure(
        `The module cannot be compiled: ${error instanceof Error ? error.message : String(error)}`,
      );
    }
    const { startType } = this.#info;
    // The engine does not see it any more: it became an export.
    if (startType && startType.params.length + startType.results.length > 0) {
      throw new RunnerFailure('The module cannot be compiled: its start function has parameters or results.');
    }
    if (this.#info.memories.some(({ wide, shared }) => wide || shared)) {
      throw new RunnerFailure(
        'The module has a memory of 64 bits or a shared one: build it for wasm32 without threads.',
      );
    }
  }

  /** @returns The result. Throws `RunnerFailure`. */
  run(job: Job, files: Files): Uint8Array {
    limitMemory(this.#info, job.limits.memoryMiB);
    limitTables(this.#info);
    const command =
      !this.#info.exports.has('entrypoint') && this.#info.exportedFunction('_start') !== undefined;
    const entry = command ? '_start' : 'entrypoint';
    const type = this.#info.exportedFunction(entry);
    if (!type) {
      throw new RunnerFailure(
        'The module exports no function "entrypoint" (nor "_start"): see the examples in examples/functions.',
      );
    }
    const argv = refuseNul(flattenArguments(job.arguments));
    const guest = new Guest();
    const result = new Result(job.limits.outputBytes);
    const modules = new Map([
      ['env', teaclaveFunctions(guest, files)],
      [
        WASI,
        wasiFunctions(guest, {
          argv: [job.function, ...argv],
          stdin: Buffer.from(job.arguments),
          stdout: command ? (bytes) => result.add(bytes) : log,
          stderr: log,
          folders: [
            inputsFolder(job, files),
            outputsFolder(job, files),
            // Memory and files are one budget: else the sandbox would end a program that stays within each.
            scratchFolder(() => job.limits.memoryMiB * 2 ** 20 - guest.size, now),
          ],
          clock: {
            resolution: RESOLUTION * 1_000_000,
            now,
            sleep,
          },
        }),
      ],
    ]);
    const stop = new Stop();
    const exports = stop.run(() => this.#instantiate(guest, provide(this.#info, modules, stop)));
    if (command) {
      runCommand(() => stop.run(() => exportedCall(exports, '_start')()));
      return result.bytes();
    }
    try {
      const argc = argv.length;
      const pointer = stop.run(() => placeArguments(argv, this.#info, exports, guest));
      const value = stop.run(() =>
        callEntry(exportedCall(exports, 'entrypoint'), type, { argc, argv: pointer }),
      );
      return Buffer.from(String(value));
    } catch (error) {
      return Buffer.from(`Exception: ${reason(error)}`);
    }
  }

  /** Makes the instance and runs what is to run before the entry. */
  #instantiate(guest: Guest, imports: WebAssembly.Imports): WebAssembly.Instance['exports'] {
    let exports: WebAssembly.Instance['exports'];
    try {
      ({ exports } = new WebAssembly.Instance(this.#module, imports));
      const { memory, start } = this.#exposed;
      if (memory !== undefined) guest.memory = exportedMemory(exports, memory);
      if (start !== undefined) exportedCall(exports, start)();
      for (const name of ['__post_instantiate', '_initialize']) {
        const type = this.#info.exportedFunction(name);
        if (type?.params.length === 0 && type.results.length === 0) exportedCall(exports, name)();
      }
    } catch (error) {
      if (error instanceof WebAssembly.LinkError || error instanceof RangeError) {
        throw new RunnerFailure(`The module cannot be instantiated: ${error.message}`);
      }
      throw new RunnerFailure(`The module failed before its entry: ${reason(error)}`);
    }
    return exports;
  }
}

function exportedMemory(
  exports: WebAssembly.Instance['exports'],
  name: string,
): WebAssembly.Memory | undefined {
  const found = exports[name];
  return found instanceof WebAssembly.Memory ? found : undefined;
}

function limitMemory({ memories }: ModuleInfo, memoryMiB: number): void {
  const pages = Math.min(MAX_PAGES, memoryMiB * PAGES_PER_MIB);
  const minimum = memories.reduce((sum, one) => sum + one.minimum, 0);
  if (minimum > pages) {
    const wanted = Math.ceil(minimum / PAGES_PER_MIB);
    throw new RunnerFailure(
      `The module starts with ${wanted} MiB of memory, and the task allows ${memoryMiB}: raise the memory limit.`,
      { limit: 'memory' },
    );
  }
  setFlagsFromString(`--wasm-max-mem-pages=${pages}`);
}

/** Those that the host would have to make. */
function limitTables({ imports }: ModuleInfo): void {
  const entries = imports.reduce(
    (sum, { kind, limits: wanted }) => sum + (kind === 'table' ? (wanted?.minimum ?? 0) : 0),
    0,
  );
  if (entries <= limits.importedTables.value) return;
  throw new RunnerFailure(
    `The module imports tables of ${entries} entries; ${limits.importedTables.value} are the most.`,
    { limit: 'memory' },
  );
}

function runCommand(start: () => void): void {
  try {
    start();
  } catch (error) {
    if (!(error instanceof Exit)) throw new RunnerFailure(`The program stopped: ${reason(error)}`);
    if (error.code !== 0) throw new RunnerFailure(error.message);
  }
}

/** Rethrows what is not the program's doing. */
function reason(error: unknown): string {
  if (error instanceof Exit) return `env.exit(${error.code})`;
  const text = trapReason(error);
  if (text === undefined) throw error;
  return text;
}

function log(bytes: Uint8Array): void {
  writeAll(2, bytes);
}

/** What a command writes to its standard output. */
class Result {
  readonly #parts: Uint8Array[] = [];
  readonly #limit: number;
  #size = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  add(bytes: Uint8Array): void {
    this.#size += bytes.length;
    if (this.#size > this.#limit) {
      throw new RunnerFailure(
        `The result is larger than the ${this.#limit} bytes that the task allows (output-limit).`,
      );
    }
    this.#parts.push(bytes.slice());
  }

  bytes(): Uint8Array {
    return Buffer.concat(this.#parts);
  }
}
