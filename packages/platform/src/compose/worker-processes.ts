/** Workers as child processes: started, and started again for as long as this is open, whether they die or cannot be started. */
import { type ChildProcess, spawn } from 'node:child_process';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { systemClock } from '../clock.ts';
import { limits } from '../limits.ts';
import type { WorkerSettings } from './worker-main.ts';

const MAIN = fileURLToPath(new URL(`./worker-main${extname(import.meta.url)}`, import.meta.url));
const RESTART_MS = limits.workerRestart.value;
const RESTART_MAX_MS = limits.workerRestartLongest.value;
const HEALTHY_MS = limits.workerHealthy.value;

/** Throws, or gives a child that emits 'error' and never 'exit', where the system has no process or descriptor to give. */
export type StartWorker = () => ChildProcess;

// Its environment is empty: nothing of the platform's is any business of a worker.
const startWorker: StartWorker = () =>
  spawn(process.execPath, ['--no-warnings', '--disable-sigusr1', MAIN], {
    stdio: ['pipe', 'ignore', 'inherit'],
    env: {},
  });

export interface WorkerProcessesOptions {
  readonly report: (error: unknown) => void;
  /** Gets the id of a worker whose process has ended; another is started. */
  readonly ended: (id: string) => void;
  readonly start?: StartWorker;
}

export class WorkerProcesses {
  readonly #settings: readonly WorkerSettings[];
  readonly #report: (error: unknown) => void;
  readonly #startWorker: StartWorker;
  /** Those that run; by id. */
  readonly #children = new Map<string, ChildProcess>();
  readonly #coming = new Set<NodeJS.Timeout>();
  #closed = false;

  readonly #ended: (id: string) => void;

  constructor(
    settings: readonly WorkerSettings[],
    { report, ended, start = startWorker }: WorkerProcessesOptions,
  ) {
    this.#settings = settings;
    this.#report = report;
    this.#ended = ended;
    this.#startWorker = start;
    for (const one of this.#settings) this.#start(one, RESTART_MS);
  }

  get pids(): number[] {
    return [...this.#children.values()].flatMap(({ pid }) => pid ?? []);
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const timer of this.#coming) clearTimeout(timer);
    await Promise.all(
      [...this.#children.values()].map(
        (child) =>
          new Promise<void>((resolve) => {
            child.once('exit', () => resolve());
            child.stdin?.end();
            setTimeout(() => child.kill('SIGKILL'), limits.workerStop.value).unref();
          }),
      ),
    );
  }

  #start(settings: WorkerSettings, delay: number): void {
    const { id } = settings;
    const started = systemClock.monotonic();
    let child: ChildProcess;
    try {
      child = this.#startWorker();
    } catch (cause) {
      this.#startAgain(settings, delay, new Error(`worker ${id} cannot be started`, { cause }));
      return;
    }
    child.stdin?.on('error', () => undefined);
    child.stdin?.write(`${JSON.stringify(settings)}\n`);
    child.once('exit', (code, signal) => {
      this.#children.delete(id);
      if (!this.#closed) this.#ended(id);
      const wait = systemClock.monotonic() - started > HEALTHY_MS ? RESTART_MS : delay;
      this.#startAgain(settings, wait, new Error(`worker ${id} ended (${signal ?? code})`));
    });
    if (child.pid !== undefined) {
      this.#children.set(id, child);
      // Of a signal that could not be sent, say.
      child.on('error', this.#report);
      return;
    }
    // It never was: nothing tells of its end but this.
    child.once('error', (cause) =>
      this.#startAgain(settings, delay, new Error(`worker ${id} cannot be started`, { cause })),
    );
  }

  /** For ever, each time a little later: a system that has no process to give now has one later. */
  #startAgain(settings: WorkerSettings, delay: number, why: Error): void {
    if (this.#closed) return;
    this.#report(why);
    const timer = setTimeout(() => {
      this.#coming.delete(timer);
      this.#start(settings, Math.min(2 * delay, RESTART_MAX_MS));
    }, delay);
    this.#coming.add(timer);
  }
}
