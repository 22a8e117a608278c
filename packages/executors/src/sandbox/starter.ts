/** Starts processes: few at a time, and after a failure only when some time has passed. */
import { availableParallelism } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { limits } from '../limits.ts';
import { AbilityState } from './ability.ts';
import { SandboxError } from './errors.ts';
import type { Launcher } from './launcher.ts';
import type { RunnerSpec } from './runner.ts';
import { SandboxProcess } from './sandbox-process.ts';

/** More would only wait for each other. */
const AT_ONCE = Math.max(2, availableParallelism());
/** After the first failure; doubled with each further one. */
const BACKOFF_MS = 100;
const MOST_BACKOFF_MS = limits.startBackoff.value;

/** To be closed with `close`, which waits for what is being started. */
export class Starter {
  readonly #launcher: Launcher;
  readonly #runner: RunnerSpec;
  readonly #ability: AbilityState;
  readonly #closing = new AbortController();
  readonly #queue: (() => void)[] = [];
  readonly #pending = new Set<Promise<unknown>>();
  #starting = 0;
  #failures = 0;
  #successes = 0;
  #notBefore = 0;

  /** `ability`: is told what each start says of it. */
  constructor(launcher: Launcher, runner: RunnerSpec, ability: AbilityState = new AbilityState('able')) {
    this.#launcher = launcher;
    this.#runner = runner;
    this.#ability = ability;
  }

  /**
   * A process that is ready. `awaited`: a job needs it, so the worker does not end before it is there. Rejects with `SandboxError`
   * ('start'), and with an `AbortError` once this is closed.
   */
  start({ awaited }: { readonly awaited: boolean }): Promise<SandboxProcess> {
    const starting = this.#start(awaited);
    const over = starting.catch(() => undefined).finally(() => this.#pending.delete(over));
    this.#pending.add(over);
    return starting;
  }

  /** `began`: successes then. One that another has overtaken says nothing of the next. */
  #recordFailedStart(known: number, began: number): void {
    if (began !== this.#successes) return;
    this.recordFailure(known);
    // What ends because this is closing says nothing.
    if (!this.#closing.signal.aborted) this.#ability.set('unable');
  }

  /** The next start waits. `known`: failures when what failed began; of several that fail at once, one counts. */
  recordFailure(known: number = this.#failures): void {
    if (known !== this.#failures) return;
    const wait = Math.min(MOST_BACKOFF_MS, BACKOFF_MS * 2 ** this.#failures++);
    this.#notBefore = performance.now() + wait;
  }

  /** Resolves when nothing is being started any more. */
  async close(): Promise<void> {
    this.#closing.abort();
    await Promise.all(this.#pending);
  }

  #launch(): SandboxProcess {
    try {
      return new SandboxProcess(this.#launcher, this.#runner);
    } catch (error) {
      this.#recordFailedStart(this.#failures, this.#successes);
      if (error instanceof SandboxError) throw error;
      // The system has no process, descriptor or memory to give.
      const why = error instanceof Error ? error.message : String(error);
      throw new SandboxError('start', `The runner "${this.#runner.name}" does not start: ${why}`, {
        cause: error,
      });
    }
  }

  async #start(awaited: boolean): Promise<SandboxProcess> {
    const { signal } = this.#closing;
    if (this.#starting >= AT_ONCE) await new Promise<void>((resolve) => this.#queue.push(resolve));
    else this.#starting++;
    try {
      const wait = this.#notBefore - performance.now();
      if (wait > 0) await delay(wait, undefined, { signal, ref: awaited });
      signal.throwIfAborted();
      const [known, began] = [this.#failures, this.#successes];
      const process = this.#launch();
      const kill = () => process.kill();
      signal.addEventListener('abort', kill);
      try {
        await process.ready();
      } catch (error) {
        this.#recordFailedStart(known, began);
        throw error;
      } finally {
        signal.removeEventListener('abort', kill);
      }
      if (signal.aborted) {
        await process.end();
        signal.throwIfAborted();
      }
      this.#failures = 0;
      this.#successes++;
      this.#notBefore = 0;
      this.#ability.set('able');
      return process;
    } finally {
      const next = this.#queue.shift();
      if (next) next();
      else this.#starting--;
    }
  }
}
