/**
 * Processes that wait: some for any code, some that were given code that ran before. Each runs one job, so whatever a
 * job left in its process is gone before the next.
 */
import { limits } from '../limits.ts';
import type { AbilityState } from './ability.ts';
import type { Launcher } from './launcher.ts';
import type { WarmOptions } from './options.ts';
import type { RunnerSpec } from './runner.ts';
import type { SandboxProcess } from './sandbox-process.ts';
import { Starter } from './starter.ts';

const PREPARE_MS = limits.runnerPrepare.value;

/** A function's code, and how a process is given it. */
export interface Code {
  /** Of the code and of what else `prepare` says. */
  readonly hash: string;
  readonly prepare: (process: SandboxProcess) => Promise<void>;
}

/** What a pool starts, and how many. */
export interface PoolOptions {
  readonly launcher: Launcher;
  readonly runner: RunnerSpec;
  readonly size: Required<WarmOptions>;
  /** Is told what each start says of it. */
  readonly ability?: AbilityState;
  readonly onTrouble: (error: Error) => void;
}

/** Keeps processes ready, and gives each away once. */
export class WarmPool {
  readonly #starter: Starter;
  readonly #ability: AbilityState | undefined;
  readonly #size: Required<WarmOptions>;
  readonly #onTrouble: (error: Error) => void;
  readonly #generic: SandboxProcess[] = [];
  /** By hash of code; what was used longest ago comes first. */
  readonly #prepared = new Map<string, SandboxProcess>();
  readonly #background = new Set<Promise<void>>();
  #coming = 0;
  #closed = false;

  constructor({ launcher, runner, size, ability, onTrouble }: PoolOptions) {
    this.#starter = new Starter(launcher, runner, ability);
    this.#size = size;
    this.#ability = ability;
    this.#onTrouble = onTrouble;
    if (size.eager) this.#fill();
  }

  /** A process that was given this code and waits for its job. It belongs to the caller, who ends it. Rejects with `SandboxError`. */
  async take(code: Code): Promise<SandboxProcess> {
    const prepared = this.#prepared.get(code.hash);
    this.#prepared.delete(code.hash);
    let process = prepared;
    if (!process?.alive) {
      process =
        this.#takeGeneric() ?? (await this.#starter.start({ awaited: true }).finally(() => this.#fill()));
      await prepare(process, code);
    }
    process.hold(true);
    return process;
  }

  /** Call it when a job is over: gets a process ready for the next job with the same code. */
  expect(code: Code): void {
    if (this.#closed || this.#size.prepared === 0 || this.#prepared.has(code.hash)) return;
    this.#inBackground(async () => {
      const process = this.#takeGeneric() ?? (await this.#starter.start({ awaited: false }));
      await prepare(process, code);
      if (this.#closed || this.#prepared.has(code.hash)) return process.end();
      this.#prepared.set(code.hash, process);
      this.#idle(process);
      const [oldest] = this.#prepared;
      if (this.#prepared.size > this.#size.prepared && oldest) {
        this.#prepared.delete(oldest[0]);
        await oldest[1].end();
      }
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    // Out of the lists first: those that are ended here did not die.
    const waiting = [...this.#generic.splice(0), ...this.#prepared.values()];
    this.#prepared.clear();
    await this.#starter.close();
    await Promise.all(waiting.map((process) => process.end()));
    await Promise.all(this.#background);
  }

  #takeGeneric(): SandboxProcess | undefined {
    const process = this.#generic.shift();
    // Starting a process blocks for some milliseconds: first comes what this one is taken for.
    setImmediate(() => this.#fill());
    return process;
  }

  #fill(): void {
    // Where the last start failed, another says when they start again, whatever waits.
    while (
      !this.#closed &&
      (this.#generic.length + this.#coming < this.#size.generic ||
        (this.#ability?.now === 'unable' && this.#coming === 0))
    ) {
      this.#coming++;
      this.#inBackground(async () => {
        try {
          const process = await this.#starter.start({ awaited: false });
          if (this.#closed || this.#generic.length >= this.#size.generic) return await process.end();
          this.#generic.push(process);
          this.#idle(process);
        } finally {
          this.#coming--;
        }
      }, true);
    }
  }

  /** It waits; if it dies meanwhile, another takes its place. */
  #idle(process: SandboxProcess): void {
    process.hold(false);
    void process.exited.then(() => {
      const index = this.#generic.indexOf(process);
      const [hash] = [...this.#prepared].find(([, other]) => other === process) ?? [];
      if (index < 0 && hash === undefined) return;
      if (index >= 0) this.#generic.splice(index, 1);
      if (hash !== undefined) this.#prepared.delete(hash);
      this.#starter.recordFailure();
      this.#onTrouble(new Error('A process of a runner died while it waited for a job.'));
      this.#inBackground(() => process.end(), true);
    });
  }

  #inBackground(task: () => Promise<void>, refill = false): void {
    const running = task()
      .catch((error: unknown) => {
        if (!this.#closed) setImmediate(() => this.#fill());
        if (!this.#closed) this.#onTrouble(error instanceof Error ? error : new Error(String(error)));
      })
      .finally(() => {
        this.#background.delete(running);
        if (refill) this.#fill();
      });
    this.#background.add(running);
  }
}

/** A process that does not read its code is ended. */
async function prepare(process: SandboxProcess, code: Code): Promise<void> {
  process.hold(true);
  const timer = setTimeout(() => process.kill(), PREPARE_MS);
  await code.prepare(process).finally(() => clearTimeout(timer));
}
