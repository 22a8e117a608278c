/** A Python script that does one round for each line that it gets, and answers with its time. */
import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from 'node:child_process';
import { createInterface, type Interface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** The version, or undefined where there is no python3. */
export function pythonVersion(): string | undefined {
  const { status, stdout } = spawnSync('python3', ['--version'], { encoding: 'utf8' });
  return status === 0 ? stdout.trim() : undefined;
}

export class PythonPeer {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #lines: Interface;
  #complaint = '';

  /** `script`: a file of this folder. */
  constructor(script: string, args: readonly string[]) {
    this.#child = spawn('python3', [fileURLToPath(new URL(script, import.meta.url)), ...args]);
    this.#lines = createInterface({ input: this.#child.stdout });
    this.#child.stderr.on('data', (chunk: Buffer) => {
      this.#complaint += chunk.toString();
    });
  }

  /** One round; its time in ms. */
  async round(): Promise<number> {
    const answer = new Promise<string>((resolve, reject) => {
      const ended = () => reject(new Error(`the Python peer ended: ${this.#complaint}`));
      this.#lines.once('close', ended);
      this.#lines.once('line', (line) => {
        this.#lines.off('close', ended);
        resolve(line);
      });
    });
    this.#child.stdin.write('\n');
    return Number(await answer) * 1000;
  }

  close(): void {
    this.#child.stdin.end();
  }
}
