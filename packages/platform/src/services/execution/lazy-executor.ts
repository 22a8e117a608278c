/** An executor that is made ready ahead of its tasks or by the first one, and again, for as long as it takes, where that fails. */
import {
  type Ability,
  AbilityState,
  type ExecutionRequest,
  type ExecutionResult,
  type Executor,
  ExecutorError,
  HostFault,
} from '@gaiwan/executors';
import { limits } from '../../limits.ts';

export interface LazyOptions {
  readonly name: string;
  readonly pairs: readonly string[];
  readonly slots: number;
  /** Rejects where it cannot run here; else what will stand around each job. */
  readonly tryLayers: () => Promise<readonly string[]>;
  readonly open: () => Promise<Executor>;
  /** Is it opened before there are tasks for it? */
  readonly ahead: boolean;
  /** Gets why it cannot be made ready, each time. */
  readonly onTrouble: (error: unknown) => void;
}

const RETRY_MS = limits.executorRetry.value;
const RETRY_LONGEST_MS = limits.executorRetryLongest.value;

export class LazyExecutor implements Executor {
  readonly pairs: readonly string[];
  readonly slots: number;
  readonly #options: LazyOptions;
  readonly #ability = new AbilityState('coming');
  #layers: readonly string[] = [];
  #opening: Promise<Executor> | undefined;
  #open: Executor | undefined;
  #failures = 0;
  #retry: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(options: LazyOptions) {
    this.pairs = options.pairs;
    this.slots = options.slots;
    this.#options = options;
  }

  get name(): string {
    return this.#open?.name ?? this.#options.name;
  }

  get layers(): readonly string[] {
    return this.#open?.layers ?? this.#layers;
  }

  get ability(): Ability {
    return this.#ability.now;
  }

  watchAbility(listener: () => void): () => void {
    return this.#ability.watch(listener);
  }

  /** Tries what it needs here, and opens it where that is not left to the first task. Never rejects; a failure is tried again, later and later. */
  async start(): Promise<void> {
    try {
      this.#layers = await this.#options.tryLayers();
      // What has failed once is seen to start before it gets tasks again.
      if (this.#options.ahead || this.#failures > 0) await this.#ready();
      else this.#ability.set('able');
    } catch (error) {
      this.#fail(error);
    }
  }

  async run(request: ExecutionRequest): Promise<ExecutionResult> {
    const executor = await unlessAborted(this.#ready(), request.signal).catch((cause: unknown) => {
      if (cause instanceof ExecutorError) throw cause;
      this.#fail(cause);
      const why = cause instanceof Error ? cause.message : String(cause);
      throw new HostFault('not-started', `${this.#options.name} cannot be started: ${why}`, { cause });
    });
    return executor.run(request);
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#retry);
    const executor = await this.#opening?.catch(() => undefined);
    await executor?.close();
  }

  async #ready(): Promise<Executor> {
    this.#opening ??= this.#options.open();
    try {
      const open = await this.#opening;
      if (this.#open === undefined) this.#adopt(open);
      return open;
    } catch (error) {
      this.#opening = undefined;
      throw error;
    }
  }

  /** From now on it says itself what it is able to. */
  #adopt(open: Executor): void {
    this.#open = open;
    this.#failures = 0;
    const follow = () => this.#ability.set(open.ability ?? 'able');
    open.watchAbility?.(follow);
    follow();
  }

  /** Several who waited may say so of one failure. */
  #fail(error: unknown): void {
    if (this.#closed || this.#retry !== undefined) return;
    this.#ability.set('unable');
    this.#options.onTrouble(error);
    const wait = Math.min(RETRY_MS * 2 ** this.#failures++, RETRY_LONGEST_MS);
    this.#retry = setTimeout(() => {
      this.#retry = undefined;
      void this.start();
    }, wait).unref();
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
