/**
 * The built-in executor: measured platform code in a pool of threads, one function a thread at a time. A thread is started for the first
 * function that finds none, and stays warm for the next.
 */
import { availableParallelism } from 'node:os';
import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import { ExecutorError } from '../errors.ts';
import type { ExecutionRequest, ExecutionResult, Executor } from '../executor.ts';
import type { Answer, Ready, ThreadData } from './messages.ts';
import { ThreadRun } from './thread-run.ts';

/** How many functions run at once, and which. */
export interface BuiltinExecutorOptions {
  /** Default: one less than there are processors, at least one. */
  readonly slots?: number;
  /** A module whose `builtins` are added to ours: for tests and for builds with functions of their own. */
  readonly extra?: string;
}

const PAIR = 'builtin/builtin';
const THREAD = new URL(`./thread${extname(import.meta.url)}`, import.meta.url);

/** Runs built-in functions: code of the platform itself, measured with it. */
export class BuiltinExecutor implements Executor {
  readonly name = 'builtin';
  /** Measured code of the platform itself: it needs none but a thread that can be ended. */
  readonly layers: readonly string[] = [];
  readonly pairs: readonly string[] = [PAIR];
  readonly slots: number;
  readonly #data: ThreadData;
  readonly #threads = new Set<Worker>();
  /** Replaced, but not ended yet. */
  readonly #ending = new Set<Promise<unknown>>();
  readonly #idle: Worker[] = [];
  /** Processor time of idle threads, in microseconds: of former jobs and of their start. */
  readonly #cpu = new WeakMap<Worker, number>();
  readonly #waiting: ((thread: Worker | undefined) => void)[] = [];
  #closed = false;

  constructor({ slots, extra }: BuiltinExecutorOptions = {}) {
    this.slots = slots ?? Math.max(1, availableParallelism() - 1);
    this.#data = extra === undefined ? {} : { extra };
  }

  async run(request: ExecutionRequest): Promise<ExecutionResult> {
    const { executorType, executor, signal } = request;
    if (`${executorType}/${executor}` !== PAIR) {
      throw new ExecutorError('not-available', `function not available: (${executorType}, ${executor})`);
    }
    const thread = await this.#acquire(signal);
    const cpuBefore = this.#cpu.get(thread) ?? 0;
    return new ThreadRun({ thread, request, cpuBefore, end: () => this.#end(thread) }).start();
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const waiting of this.#waiting.splice(0)) waiting(undefined);
    for (const thread of this.#threads) void this.#end(thread);
    await Promise.all(this.#ending);
  }

  #start(): void {
    // A thread knows nothing of the process's environment.
    const thread = new Worker(THREAD, { workerData: this.#data, env: {} });
    this.#threads.add(thread);
    thread.on('error', () => undefined);
    thread.on('message', (message: Ready | Answer) => {
      if ('spent' in message) this.#release(thread, message);
    });
    // However it ends: another takes its place.
    thread.once('exit', () => void this.#end(thread));
  }

  /** Ends the thread, and starts another in its place without waiting for that. Resolves once it has ended. */
  #end(thread: Worker): Promise<unknown> {
    const ended = thread.terminate();
    if (!this.#threads.delete(thread)) return ended;
    this.#ending.add(ended);
    void ended.then(() => this.#ending.delete(ended));
    const index = this.#idle.indexOf(thread);
    if (index >= 0) this.#idle.splice(index, 1);
    if (!this.#closed) this.#start();
    return ended;
  }

  async #acquire(signal: AbortSignal | undefined): Promise<Worker> {
    const canceled = () => new ExecutorError('canceled', 'The task was cancelled.');
    if (signal?.aborted) throw canceled();
    const idle = this.#idle.pop();
    if (idle) return idle;
    if (this.#threads.size < this.slots) this.#start();
    const thread = await new Promise<Worker | undefined>((resolve) => {
      this.#waiting.push(resolve);
      signal?.addEventListener('abort', () => {
        const index = this.#waiting.indexOf(resolve);
        if (index >= 0) this.#waiting.splice(index, 1);
        resolve(undefined);
      });
    });
    if (thread) return thread;
    throw this.#closed ? new ExecutorError('crashed', 'The executor is closing.') : canceled();
  }

  #release(thread: Worker, { cpuMicros, spent }: Ready): void {
    if (!this.#threads.has(thread)) return;
    if (spent) {
      void this.#end(thread);
      return;
    }
    this.#cpu.set(thread, cpuMicros);
    const next = this.#waiting.shift();
    if (next) {
      next(thread);
      return;
    }
    this.#idle.push(thread);
    // Idle threads do not keep the process alive; those that somebody may wait for do.
    thread.unref();
  }
}
