/** An executor that is made ready by its first task, for those that are costly to have and perhaps never used. */
import { type ExecutionRequest, type ExecutionResult, type Executor, ExecutorError } from '@gaiwan/executors';

export interface LazyOptions {
  readonly name: string;
  readonly pairs: readonly string[];
  readonly slots: number;
  readonly layers: readonly string[];
  readonly open: () => Promise<Executor>;
}

export class LazyExecutor implements Executor {
  readonly pairs: readonly string[];
  readonly slots: number;
  readonly #options: LazyOptions;
  #opening: Promise<Executor> | undefined;
  #open: Executor | undefined;

  constructor(options: LazyOptions) {
    this.pairs = options.pairs;
    this.slots = options.slots;
    this.#options = options;
  }

  get name(): string {
    return this.#open?.name ?? this.#options.name;
  }

  get layers(): readonly string[] {
    return this.#open?.layers ?? this.#options.layers;
  }

  /** Makes it ready without a task. Rejects as `open` does. */
  async prepare(): Promise<void> {
    await this.#ready();
  }

  async run(request: ExecutionRequest): Promise<ExecutionResult> {
    const executor = await unlessAborted(this.#ready(), request.signal).catch((cause: unknown) => {
      if (cause instanceof ExecutorError) throw cause;
      const why = cause instanceof Error ? cause.message : String(cause);
      throw new ExecutorError('not-available', `${this.#options.name} cannot be started: ${why}`, { cause });
    });
    return executor.run(request);
  }

  async close(): Promise<void> {
    const executor = await this.#opening?.catch(() => undefined);
    await executor?.close();
  }

  /** After a failure the next one tries again. */
  async #ready(): Promise<Executor> {
    this.#opening ??= this.#options.open();
    try {
      this.#open = await this.#opening;
      return this.#open;
    } catch (error) {
      this.#opening = undefined;
      throw error;
    }
  }
}

/** A cancelled task does not wait for an executor whose start continues. */
async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const abort = () => reject(new ExecutorError('canceled', 'The task was cancelled.'));
  if (signal?.aborted) abort();
  signal?.addEventListener('abort', abort);
  try {
    return await Promise.race([work, promise]);
  } finally {
    signal?.removeEventListener('abort', abort);
  }
}
