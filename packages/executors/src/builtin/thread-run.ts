/** One job in one thread: held to its limits from outside, ended with the thread where it does not keep to them. */
import type { Worker } from 'node:worker_threads';
import { ExecutorError, type ExecutorErrorCode, HostFault } from '../errors.ts';
import type { ExecutionRequest, ExecutionResult } from '../executor.ts';
import { limits as ours } from '../limits.ts';
import { transferables } from '../staged.ts';
import type { Answer, Job, Ready } from './messages.ts';

const CHECK_MS = 50;
/** A native call cannot be interrupted: the task does not wait for its end. */
const END_MS = ours.threadEnd.value;
const MIB = 1 << 20;

/** The job, and the thread that runs it. */
export interface ThreadRunOptions {
  readonly thread: Worker;
  readonly request: ExecutionRequest;
  /** Processor time that the thread had used before, in microseconds. */
  readonly cpuBefore: number;
  /** Ends the thread. */
  readonly end: () => Promise<unknown>;
}

/** To be used once. */
export class ThreadRun {
  readonly #options: ThreadRunOptions;
  readonly #timers: NodeJS.Timeout[] = [];
  readonly #outcome = Promise.withResolvers<ExecutionResult>();
  #settled = false;
  /** Bytes for outputs, which the thread shares out itself: they are set aside while it runs. */
  #granted = 0;

  constructor(options: ThreadRunOptions) {
    this.#options = options;
  }

  /** Rejects with `ExecutorError`. */
  start(): Promise<ExecutionResult> {
    const { thread, request } = this.#options;
    const { timeMs } = request.limits;
    request.signal?.addEventListener('abort', this.#cancel);
    thread.ref();
    thread.on('error', this.#onError).on('exit', this.#onExit).on('message', this.#onAnswer);
    this.#later(timeMs, () =>
      this.#stop('time-limit', `The function ran longer than the ${timeMs} ms that the task allows.`),
    );
    this.#later(CHECK_MS, this.#check);
    this.#granted = memoryOf(request);
    thread.postMessage(jobOf(request, this.#granted), transferables(Object.values(request.inputs)));
    return this.#outcome.promise;
  }

  readonly #cancel = (): void => this.#stop('canceled', 'The task was cancelled.');

  readonly #onError = (error: Error): void => {
    if ('code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY') this.#stopForMemory(error);
    else this.#stop('crashed', 'The thread of the function died.', error);
  };

  readonly #onExit = (): void => this.#stop('crashed', 'The thread of the function ended.');

  readonly #onAnswer = (answer: Answer | Ready): void => {
    if (!('ok' in answer)) return;
    this.#settle();
    if (answer.ok) this.#count(answer.result);
    if (answer.ok) this.#outcome.resolve(answer.result);
    else if ('host' in answer) this.#outcome.reject(new HostFault(answer.host, answer.message));
    else this.#outcome.reject(new ExecutorError(answer.code, answer.message, { log: answer.log }));
  };

  /** Of what was set aside, the outputs keep what they have. */
  #count({ outputs }: ExecutionResult): void {
    const kept = transferables(Object.values(outputs)).reduce((sum, { byteLength }) => sum + byteLength, 0);
    this.#options.request.memory?.take(kept);
  }

  readonly #check = (): void => {
    const { thread, request, cpuBefore } = this.#options;
    const { memoryMiB, cpuMs } = request.limits;
    void Promise.all([thread.getHeapStatistics(), thread.cpuUsage()]).then(
      ([heap, cpu]) => {
        // The thread may already run another task.
        if (this.#settled) return;
        const used = (heap.used_heap_size + heap.external_memory) / MIB;
        if (used > memoryMiB) {
          this.#stopForMemory();
        } else if ((cpu.user + cpu.system - cpuBefore) / 1000 > cpuMs) {
          const message = `The function used more than the ${cpuMs} ms of processor time that the task allows.`;
          this.#stop('cpu-limit', message);
        } else {
          this.#later(CHECK_MS, this.#check);
        }
      },
      () => undefined, // It has ended: 'exit' reports that.
    );
  };

  #later(milliseconds: number, action: () => void): void {
    this.#timers.push(setTimeout(action, milliseconds));
  }

  #stopForMemory(cause?: unknown): void {
    const { memoryMiB } = this.#options.request.limits;
    const message = `The function used more than the ${memoryMiB} MiB of memory that the task allows.`;
    this.#stop('memory-limit', message, cause);
  }

  /** There is no other way to stop a thread than to end it. */
  #stop(code: ExecutorErrorCode, message: string, cause?: unknown): void {
    if (this.#settled) return;
    this.#settle();
    const report = () => this.#outcome.reject(new ExecutorError(code, message, { cause }));
    const waiting = setTimeout(report, END_MS);
    void this.#options.end().then(() => {
      clearTimeout(waiting);
      report();
    });
  }

  #settle(): void {
    const { thread, request } = this.#options;
    this.#settled = true;
    request.memory?.give(this.#granted);
    for (const timer of this.#timers) clearTimeout(timer);
    request.signal?.removeEventListener('abort', this.#cancel);
    // One by one: Worker has listeners of its own, and without them the thread's messages are not heard again.
    thread.off('error', this.#onError).off('exit', this.#onExit).off('message', this.#onAnswer);
  }
}

function memoryOf({ memory, outputs }: ExecutionRequest): number {
  if (!memory) return ours.stagedTask.value;
  return outputs.length === 0 ? 0 : memory.takeSome(ours.stagedTask.value);
}

function jobOf(
  { functionName, inputs, outputs, folder, limits, keepLog, ...request }: ExecutionRequest,
  memory: number,
): Job {
  const job = { functionName, arguments: request.arguments, inputs, outputs, folder, limits, memory };
  return { ...job, keepLog: keepLog === true };
}
