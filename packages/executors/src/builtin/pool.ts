/** The built-in executor: measured platform code in a pool of warm threads, one function a thread at a time. */
import { availableParallelism } from 'node:os';
import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import {
  type ExecutionRequest,
  type ExecutionResult,
  type Executor,
  ExecutorError,
  type ExecutorErrorCode,
} from '../executor.ts';
import { transferables } from '../staged.ts';
import type { Answer, Job, Ready, ThreadData } from './messages.ts';

export interface BuiltinExecutorOptions {
  /** Default: one less than there are processors, at least one. */
  readonly slots?: number;
  readonly extra?: string;
}

const PAIR = 'builtin/builtin';
const CHECK_MS = 50;
/** How long a stopped thread may take to end before the task is told without it: a native call cannot be interrupted. */
const END_MS = 250;
const MIB = 1 << 20;
const THREAD = new URL(`./thread${extname(import.meta.url)}`, import.meta.url);

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
    for (let i = 0; i < this.slots; i++) this.#start();
  }

  async run(request: ExecutionRequest): Promise<ExecutionResult> {
    const { executorType, executor, signal } = request;
    if (`${executorType}/${executor}` !== PAIR) {
      throw new ExecutorError('not-available', `function not available: (${executorType}, ${executor})`);
    }
    const thread = await this.#acquire(signal);
    return this.#runOn(thread, request);
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

  #runOn(thread: Worker, request: ExecutionRequest): Promise<ExecutionResult> {
    const { limits, signal } = request;
    const before = this.#cpu.get(thread) ?? 0;
    return new Promise((resolve, reject) => {
      const timers: NodeJS.Timeout[] = [];
      let settled = false;
      const settle = () => {
        settled = true;
        for (const timer of timers) clearTimeout(timer);
        signal?.removeEventListener('abort', cancel);
        // One by one: Worker has listeners of its own, and without them the thread's messages are not heard again.
        thread.off('error', onError).off('exit', onExit).off('message', onAnswer);
      };
      /** There is no other way to stop a thread than to end it. */
      const stop = (code: ExecutorErrorCode, message: string, cause?: unknown) => {
        if (settled) return;
        settle();
        const told = () => reject(new ExecutorError(code, message, { cause }));
        const waiting = setTimeout(told, END_MS);
        void this.#end(thread).then(() => {
          clearTimeout(waiting);
          told();
        });
      };
      const cancel = () => stop('canceled', 'The task was cancelled.');
      const onError = (error: Error) => {
        const code = (error as NodeJS.ErrnoException).code;
        if (code === 'ERR_WORKER_OUT_OF_MEMORY') stop('memory-limit', memoryMessage(limits.memoryMiB), error);
        else stop('crashed', 'The thread of the function died.', error);
      };
      const onExit = () => stop('crashed', 'The thread of the function ended.');
      const onAnswer = (answer: Answer | Ready) => {
        if (!('ok' in answer)) return;
        settle();
        if (answer.ok) resolve(answer.result);
        else reject(new ExecutorError(answer.code, answer.message, { log: answer.log }));
      };
      signal?.addEventListener('abort', cancel);
      thread.ref();
      thread.on('error', onError).on('exit', onExit).on('message', onAnswer);
      timers.push(
        setTimeout(
          () =>
            stop('time-limit', `The function ran longer than the ${limits.timeMs} ms that the task allows.`),
          limits.timeMs,
        ),
      );
      const check = () => {
        void Promise.all([thread.getHeapStatistics(), thread.cpuUsage()]).then(
          ([heap, cpu]) => {
            // The thread may already run another task.
            if (settled) return;
            const used = (heap.used_heap_size + heap.external_memory) / MIB;
            if (used > limits.memoryMiB) stop('memory-limit', memoryMessage(limits.memoryMiB));
            else if ((cpu.user + cpu.system - before) / 1000 > limits.cpuMs)
              stop('cpu-limit', cpuMessage(limits.cpuMs));
            else timers.push(setTimeout(check, CHECK_MS));
          },
          () => undefined, // It has ended; 'exit' tells.
        );
      };
      timers.push(setTimeout(check, CHECK_MS));
      const job: Job = {
        functionName: request.functionName,
        arguments: request.arguments,
        inputs: request.inputs,
        outputs: request.outputs,
        folder: request.folder,
        limits,
        keepLog: request.keepLog === true,
      };
      thread.postMessage(job, transferables(Object.values(request.inputs)));
    });
  }
}

const cpuMessage = (limit: number) =>
  `The function used more than the ${limit} ms of processor time that the task allows.`;
const memoryMessage = (limit: number) =>
  `The function used more than the ${limit} MiB of memory that the task allows.`;
