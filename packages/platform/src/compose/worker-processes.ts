/** Workers as child processes: started, and started again when they die. */
import { type ChildProcess, spawn } from 'node:child_process';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { limits } from '../limits.ts';
import type { WorkerSettings } from './worker-main.ts';

const MAIN = fileURLToPath(new URL(`./worker-main${extname(import.meta.url)}`, import.meta.url));
const RESTART_MS = limits.workerRestart.value;
const RESTART_MAX_MS = limits.workerRestartLongest.value;
const HEALTHY_MS = limits.workerHealthy.value;

export class WorkerProcesses {
  readonly #settings: readonly WorkerSettings[];
  readonly #report: (error: unknown) => void;
  readonly #children = new Map<string, ChildProcess>();
  #closed = false;

  readonly #ended: (id: string) => void;

  /** `ended`: gets the id of a worker whose process has ended; another is started. */
  constructor(
    settings: readonly WorkerSettings[],
    report: (error: unknown) => void,
    ended: (id: string) => void,
  ) {
    this.#settings = settings;
    this.#report = report;
    this.#ended = ended;
    for (const one of this.#settings) this.#start(one, RESTART_MS);
  }

  get pids(): number[] {
    return [...this.#children.values()].flatMap(({ pid }) => pid ?? []);
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all(
      [...this.#children.values()].map(
        (child) =>
          new Promise<void>((resolve) => {
            if (child.exitCode !== null || child.signalCode !== null) return resolve();
            child.once('exit', () => resolve());
            child.stdin?.end();
            setTimeout(() => child.kill('SIGKILL'), limits.workerStop.value).unref();
          }),
      ),
    );
  }

  #start(settings: WorkerSettings, delay: number): void {
    const started = Date.now();
    // Its environment is empty: nothing of the platform's is any business of a worker.
    const child = spawn(process.execPath, ['--no-warnings', '--disable-sigusr1', MAIN], {
      stdio: ['pipe', 'ignore', 'inherit'],
      env: {},
    });
    this.#children.set(settings.id, child);
    child.stdin?.on('error', () => undefined);
    child.stdin?.write(`${JSON.stringify(settings)}\n`);
    child.once('error', this.#report);
    child.once('exit', (code, signal) => {
      if (this.#closed) return;
      this.#ended(settings.id);
      this.#report(new Error(`worker ${settings.id} ended (${signal ?? code}): starting another`));
      const next = Date.now() - started > HEALTHY_MS ? RESTART_MS : Math.min(2 * delay, RESTART_MAX_MS);
      setTimeout(() => {
        if (!this.#closed) this.#start(settings, next);
      }, delay);
    });
  }
}
