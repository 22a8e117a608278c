/** QuickJS, compiled to WebAssembly: what a function can reach is what this engine holds. */

import type { Job } from '@gaiwan/protocol/executor';
import variant from '@jitl/quickjs-ng-wasmfile-release-sync';
import {
  newQuickJSWASMModuleFromVariant,
  newVariant,
  type QuickJSContext,
  type QuickJSHandle,
  type QuickJSSyncVariant,
  type QuickJSWASMModule,
} from 'quickjs-emscripten-core';
import { RunnerFailure } from '../failure.ts';
import type { Files } from '../files.ts';
import type { Loaded } from '../language.ts';
import { limits } from '../limits.ts';
import { isStackOverflow } from '../v8-errors.ts';
import { describeError, NATIVE_STACK } from './errors.ts';
import { hostFunctions } from './host-functions.ts';
import { longIntegers } from './long-integers.ts';
import { PRELUDE } from './prelude.ts';
import { unpack } from './text.ts';

const FILE = 'function.js';
/** Bytes of the engine's own stack; the process's (`--stack-size`) must hold what the interpreter needs for as many calls. */
const STACK = limits.javascriptStack.value;

/** An engine with memory of its own. `program`: its code, compiled before; by default it is found and compiled anew. */
export async function loadEngine(program?: WebAssembly.Module): Promise<QuickJSWASMModule> {
  // Its types are those of CommonJS, what is loaded is the module: neither is assignable to the other.
  const ours = variant as unknown as QuickJSSyncVariant;
  return await newQuickJSWASMModuleFromVariant(program ? newVariant(ours, { wasmModule: program }) : ours);
}

/** A function in JavaScript, to be run once. */
export class Script implements Loaded {
  readonly #context: QuickJSContext;
  readonly #start: QuickJSHandle;
  /** Runs the timer that is due next, once it is; 0 where there is none. */
  readonly #turn: QuickJSHandle;
  #code = '';
  #kind: 'global' | 'module' = 'global';
  #files: Files | undefined;

  constructor(engine: QuickJSWASMModule) {
    const runtime = engine.newRuntime();
    runtime.setMaxStackSize(STACK);
    this.#context = runtime.newContext();
    const host = hostFunctions(this.#context, () => {
      if (!this.#files) throw new RunnerFailure('There are no files before the job.');
      return this.#files;
    });
    const prelude = this.#context.unwrapResult(this.#context.evalCode(PRELUDE, 'gaiwan.js'));
    const made = this.#context.unwrapResult(
      this.#context.callFunction(prelude, this.#context.undefined, host),
    );
    this.#start = this.#context.getProp(made, 'start');
    this.#turn = this.#context.getProp(made, 'turn');
  }

  /** Parses; runs nothing. What is no script is a module. */
  load(code: Uint8Array): void {
    try {
      this.#code = new TextDecoder('utf-8', { fatal: true }).decode(code);
    } catch {
      throw new RunnerFailure('The code is no UTF-8 text.');
    }
    if (this.#code.includes('\0')) throw new RunnerFailure('The code contains a NUL character.');
    const script = guardStack(() =>
      this.#context.evalCode(this.#code, FILE, { type: 'global', compileOnly: true }),
    );
    this.#kind = script.error ? 'module' : 'global';
    script.dispose();
  }

  run(job: Job, files: Files): Uint8Array {
    const { runtime } = this.#context;
    runtime.setMemoryLimit(job.limits.memoryMiB * 2 ** 20);
    this.#files = files;
    return guardStack(() => {
      const scope = this.#value(this.#context.evalCode(this.#code, FILE, { type: this.#kind }), job);
      const names = this.#kind === 'module' ? this.#settle(scope, job) : this.#context.global;
      const main = this.#context.getProp(names, 'main');
      const description = this.#context.newString(
        JSON.stringify({
          arguments: job.arguments,
          integers: longIntegers(job.arguments),
          inputs: job.inputs,
          outputs: job.outputs,
        }),
      );
      const called = this.#context.callFunction(this.#start, this.#context.undefined, main, description);
      return this.#bytes(this.#settle(this.#value(called, job), job));
    });
  }

  #value(result: ReturnType<QuickJSContext['evalCode']>, job: Job): QuickJSHandle {
    if (result.error) throw describeError(this.#context, result.error, job.limits.memoryMiB);
    return result.value;
  }

  /** Runs what waits until a promise is settled. */
  #settle(handle: QuickJSHandle, job: Job): QuickJSHandle {
    for (;;) {
      const state = this.#context.getPromiseState(handle);
      if (state.type === 'fulfilled') return state.value;
      if (state.type === 'rejected') throw describeError(this.#context, state.error, job.limits.memoryMiB);
      const jobs = this.#context.runtime.executePendingJobs();
      if (jobs.error) throw describeError(this.#context, jobs.error, job.limits.memoryMiB);
      if (jobs.value === 0 && !this.#nextTimer(job)) {
        throw new RunnerFailure(
          'The function waits for something that never happens: no timer is set, and there is no network.',
        );
      }
    }
  }

  #nextTimer(job: Job): boolean {
    const called = this.#context.callFunction(this.#turn, this.#context.undefined);
    return this.#value(called, job).consume((ran) => this.#context.getNumber(ran) === 1);
  }

  #bytes(handle: QuickJSHandle): Uint8Array {
    if (this.#context.typeof(handle) === 'string')
      return Buffer.from(unpack(this.#context.getString(handle)));
    return this.#context.getArrayBuffer(handle).value.slice();
  }
}

/** The interpreter's recursion can end where the process's stack ends, before its own limit. */
function guardStack<T>(action: () => T): T {
  try {
    return action();
  } catch (error) {
    throw isStackOverflow(error) ? new RunnerFailure(NATIVE_STACK) : error;
  }
}
