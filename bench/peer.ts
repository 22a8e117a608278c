/** A peer in Python that answers a line of JSON for each line it is given. All on one thread. */
import { type ChildProcessByStdio, spawn, spawnSync } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';

const ONE_THREAD = { OMP_NUM_THREADS: '1', OPENBLAS_NUM_THREADS: '1', MKL_NUM_THREADS: '1' };

/** Whether python3 has the modules (bench/peers/requirements.txt names the versions). */
export function hasPython(...modules: string[]): boolean {
  const found = spawnSync('python3', ['-c', modules.map((name) => `import ${name}`).join(';')], {
    stdio: 'ignore',
  });
  return found.status === 0;
}

export class PythonPeer {
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  readonly #lines: AsyncIterator<string>;

  constructor(script: string, ...args: (string | number)[]) {
    const path = fileURLToPath(new URL(`peers/${script}`, import.meta.url));
    this.#child = spawn('python3', ['-W', 'ignore', path, ...args.map(String)], {
      stdio: ['pipe', 'pipe', 'inherit'],
      env: { ...process.env, ...ONE_THREAD },
    });
    this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
  }

  /** The first line: versions by name. */
  async versions(): Promise<Record<string, string>> {
    return (await this.#read()) as Record<string, string>;
  }

  async ask(line: string): Promise<unknown> {
    this.#child.stdin.write(`${line}\n`);
    return this.#read();
  }

  async #read(): Promise<unknown> {
    const line = await this.#lines.next();
    if (line.done) throw new Error('the peer ended early');
    return JSON.parse(line.value);
  }

  close(): void {
    this.#child.stdin.end();
  }
}
