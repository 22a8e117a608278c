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
import type { Answer, Job, ThreadData } from './messages.ts';

export interface BuiltinExecutorOptions {
  /** Default: one less than there are processors, at least one. */
  readonly slots?: number;
  readonly extra?: string;
}

const PAIR = 'builtin/builtin';
const MEMORY_CHECK_MS = 50;
const MIB = 1 << 20;
const THREAD = new URL(`./thread${extname(import.meta.url)}`, import.meta.url);

export class BuiltinExecutor implements Executor {
  readonly pairs: readonly string[] = [PAIR];
  readonly slots: number;
  readonly #data: ThreadData;
  readonly #idle: Worker[] = [];
  readonly #waiting: (() => void)[] = [];
  #threads = 0;
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
    const thread = await this.#acquire();
    if (signal?.aborted) {
      this.#release(thread);
      throw new ExecutorError('canceled', 'The task was cancelled.');
    }
    return this.#runOn(thread, request);
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all(this.#idle.splice(0).map((thread) => thread.terminate()));
  }

  #start(): void {
    this.#threads++;
    const thread = new Worker(THREAD, { workerData: this.#data, stdout: false, stderr: false });
    thread.unref();
    const failed = () => this.#gone();
    thread.once('exit', failed);
    thread.once('error', () => undefined);
    thread.once('message', () => {
      thread.off('exit', failed);
      this.#release(thread);
    });
  }

  /** A thread is no more: another takes its place. */
  #gone(): void {
    this.#threads--;
    if (!this.#closed && this.#threads < this.slots) this.#start();
  }

  async #acquire(): Promise<Worker> {
    for (;;) {
      if (this.#closed) throw new ExecutorError('crashed', 'The executor is closing.');
      const thread = this.#idle.pop();
      if (thread) return thread;
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  #release(thread: Worker): void {
    if (this.#closed) {
      void thread.terminate();
      return;
    }
    this.#idle.push(thread);
    this.#waiting.shift()?.();
  }

  #runOn(thread: Worker, request: ExecutionRequest): Promise<ExecutionResult> {
    const { limits, signal } = request;
    return new Promise((resolve, reject) => {
      const timers: NodeJS.Timeout[] = [];
      let settled = false;
      const settle = () => {
        settled = true;
        for (const timer of timers) clearTimeout(timer);
        signal?.removeEventListener('abort', cancel);
        // One by one: Worker has listeners of its own, and without them the thread's messages are not heard again.
        thread.off('error', onError).off('exit', onExit).off('message', onAnswer);
        thread.unref();
      };
      /** There is no other way to stop a thread than to end it. */
      const stop = (code: ExecutorErrorCode, message: string, cause?: unknown) => {
        if (settled) return;
        settle();
        thread.on('error', () => undefined);
        void thread.terminate().then(() => {
          this.#gone();
          reject(new ExecutorError(code, message, { cause }));
        });
      };
      const cancel = () => stop('canceled', 'The task was cancelled.');
      const onError = (error: Error) => {
        const code = (error as NodeJS.ErrnoException).code;
        if (code === 'ERR_WORKER_OUT_OF_MEMORY') stop('memory-limit', memoryMessage(limits.memoryMiB), error);
        else stop('crashed', 'The thread of the function died.', error);
      };
      const onExit = () => stop('crashed', 'The thread of the function ended.');
      const onAnswer = (answer: Answer) => {
        settle();
        this.#release(thread);
        if (answer.ok) resolve(answer.result);
        else reject(new ExecutorError(answer.code, answer.message));
      };
      signal?.addEventListener('abort', cancel);
      thread.ref();
      thread.on('error', onError).on('exit', onExit).on('message', onAnswer);
      timers.push(
        setTimeout(() => stop('time-limit', `The function ran longer than the ${limits.timeMs} ms that the task allows.`), limits.timeMs),
      );
      const check = () => {
        void thread.getHeapStatistics().then(
          (heap) => {
            // The thread may already run another task.
            if (settled) return;
            const used = (heap.used_heap_size + heap.external_memory) / MIB;
            if (used > limits.memoryMiB) stop('memory-limit', memoryMessage(limits.memoryMiB));
            else timers.push(setTimeout(check, MEMORY_CHECK_MS));
          },
          () => undefined, // It has ended; 'exit' tells.
        );
      };
      timers.push(setTimeout(check, MEMORY_CHECK_MS));
      const job: Job = {
        functionName: request.functionName,
        arguments: request.arguments,
        inputs: request.inputs,
        outputs: request.outputs,
        folder: request.folder,
        outputBytes: limits.outputBytes,
      };
      thread.postMessage(job, transferables(Object.values(request.inputs)));
    });
  }
}

const memoryMessage = (limit: number) => `The function used more than the ${limit} MiB of memory that the task allows.`;
