/** Runs untrusted code: each job in a process that no other trust domain has used, within layers (docs/sandbox.md). */
import { createHash } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { MAX_LARGE_BODY } from '@gaiwan/protocol/executor';
import { ExecutorError, HostFault } from '../errors.ts';
import type { Ability, ExecutionRequest, ExecutionResult, Executor } from '../executor.ts';
import { Slots } from '../slots.ts';
import { untilAborted } from '../until-aborted.ts';
import { AbilityState } from './ability.ts';
import { SandboxError } from './errors.ts';
import type { KeptSandboxes } from './kept.ts';
import type { Launcher, Layer } from './launcher.ts';
import { openLauncher } from './layers.ts';
import type { SandboxExecutorOptions } from './options.ts';
import { type Code, WarmPool } from './pool.ts';
import { checkRunner, type RunnerSpec } from './runner.ts';
import type { SandboxProcess } from './sandbox-process.ts';
import { runSession } from './session.ts';

/**
 * Runs the functions of one runner, each in a sandbox of its trust domain.
 *
 * @example
 * const executor = await SandboxExecutor.open({ runner: wasmRunner(), sandbox: { folder } });
 * try {
 *   const { returnValue } = await executor.run(request);
 * } finally {
 *   await executor.close();
 * }
 */
export class SandboxExecutor implements Executor {
  readonly name: string;
  readonly pairs: readonly string[];
  readonly slots: number;
  /** What stands around each job. */
  readonly layers: readonly Layer[];
  readonly #onTrouble: (error: Error) => void;
  readonly #overheadMiB: number;
  readonly #ability: AbilityState;
  readonly #launcher: Launcher;
  readonly #pool: WarmPool;
  readonly #kept: KeptSandboxes | undefined;
  readonly #slots: Slots;
  readonly #running = new Set<Promise<unknown>>();
  readonly #closing = new AbortController();
  /** Of jobs that are over: the last of their processes are still going. */
  readonly #ending = new Set<Promise<void>>();

  /** @throws SandboxError (rejects) 'layer' where one is required and not on offer, 'runner' where the description is wrong. */
  static async open(options: SandboxExecutorOptions): Promise<SandboxExecutor> {
    checkRunner(options.runner);
    return new SandboxExecutor(options, await openLauncher(options.runner, options.sandbox));
  }

  private constructor(
    { runner: spec, slots, warm, kept, onTrouble }: SandboxExecutorOptions,
    launcher: Launcher,
  ) {
    const runner = kept ? spec : withoutReuse(spec);
    this.name = runner.name;
    this.pairs = runner.pairs;
    this.slots = slots ?? Math.max(1, availableParallelism() - 1);
    this.layers = launcher.layers;
    this.#overheadMiB = runner.overheadMiB;
    this.#launcher = launcher;
    this.#kept = kept;
    this.#slots = new Slots(this.slots);
    const size = { generic: this.slots, prepared: 2 * this.slots, eager: true, ...warm };
    this.#onTrouble = onTrouble ?? (() => undefined);
    this.#ability = new AbilityState(size.eager && size.generic > 0 ? 'coming' : 'able');
    this.#pool = new WarmPool({ launcher, runner, size, ability: this.#ability, onTrouble: this.#onTrouble });
  }

  /** Where nothing is started ahead of jobs, it is able until a start fails. */
  get ability(): Ability {
    return this.#ability.now;
  }

  watchAbility(listener: () => void): () => void {
    return this.#ability.watch(listener);
  }

  async run(request: ExecutionRequest): Promise<ExecutionResult> {
    const { executorType, executor, payload } = request;
    if (!this.pairs.includes(`${executorType}/${executor}`)) {
      throw new ExecutorError('not-available', `function not available: (${executorType}, ${executor})`);
    }
    if (payload.length > MAX_LARGE_BODY) {
      throw new ExecutorError('function', `The code is longer than ${MAX_LARGE_BODY} bytes.`);
    }
    const signal = AbortSignal.any([this.#closing.signal, ...(request.signal ? [request.signal] : [])]);
    const running = this.#run({ ...request, signal }, signal);
    const over = running.catch(() => undefined).finally(() => this.#running.delete(over));
    this.#running.add(over);
    return running;
  }

  /** Resolves when nothing remains of the jobs that are over: a result is given away a little earlier. */
  async settle(): Promise<void> {
    await Promise.all(this.#ending);
  }

  /** Ends all jobs and all processes. */
  async close(): Promise<void> {
    this.#closing.abort();
    await Promise.all(this.#running);
    this.#kept?.endAll(this);
    await this.settle();
    await this.#pool.close();
    await this.#launcher.close();
  }

  async #run(request: ExecutionRequest, signal: AbortSignal): Promise<ExecutionResult> {
    const release = await this.#slots.take(signal);
    try {
      while (this.#ending.size > this.slots) await Promise.race(this.#ending);
      const code = codeOf(request);
      const domain = this.#kept && domainOf(request, code);
      const kept = domain && (await this.#kept?.take(this, domain));
      const process = kept || (await taken(this.#pool.take(code), signal));
      let keeps = false;
      try {
        const ended = await runSession(process, { ...request, domain }, this.#overheadMiB);
        ({ keeps } = ended);
        // Only what kept to its limits is made ready again: making ready has none but the idle process's. Whoever waits for the
        // result does not wait for that.
        if (!kept) setImmediate(() => this.#pool.expect(code));
        return ended.result;
      } finally {
        if (keeps && domain !== undefined && !signal.aborted) this.#kept?.keep(this, domain, process);
        else this.release(process);
      }
    } finally {
      release();
    }
  }

  /** Ends a process. */
  release(process: SandboxProcess): void {
    const ending = process
      .end()
      .catch(this.#onTrouble)
      .finally(() => this.#ending.delete(ending));
    this.#ending.add(ending);
  }
}

/** Where nothing is kept, nothing is started that could be. */
function withoutReuse({ reuse: _reuse, ...spec }: RunnerSpec): RunnerSpec {
  return spec;
}

/** What the worker says of the call, and the code itself: a worker that said too little would not mix functions. */
function domainOf({ domain }: ExecutionRequest, { hash }: Code): string | undefined {
  return domain === undefined ? undefined : createHash('sha256').update(`${hash}\n${domain}`).digest('hex');
}

function codeOf({ executorType, executor, payload }: ExecutionRequest): Code {
  const hash = createHash('sha256').update(`${executorType}/${executor}\n`).update(payload).digest('hex');
  return { hash, prepare: (process) => process.send({ type: 'prepare', executorType, executor }, payload) };
}

/** A process that comes too late is ended. */
async function taken<T extends { end(): Promise<void> }>(
  coming: Promise<T>,
  signal: AbortSignal,
): Promise<T> {
  try {
    return await untilAborted(coming, signal);
  } catch (error) {
    void coming.then(
      (late) => late.end(),
      () => undefined,
    );
    if (error instanceof ExecutorError) throw error;
    if (error instanceof SandboxError) throw new HostFault('not-started', error.message, { cause: error });
    throw new ExecutorError('crashed', 'The sandbox of the function failed.', { cause: error });
  }
}
