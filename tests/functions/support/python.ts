/** Asking Python's libraries, where they are installed (Debian: python3-sklearn). */
import { spawnSync } from 'node:child_process';

const run = (script: string, input: string) =>
  spawnSync('python3', ['-c', script], { input, encoding: 'utf8', maxBuffer: 1 << 28 });

export const hasSklearn: boolean = run('import sklearn, numpy', '').status === 0;

/** What `script` prints as JSON; it finds `given` as JSON on its standard input. Throws `Error` with its complaint. */
export function askPython<T>(script: string, given: unknown): T {
  const { status, stdout, stderr, error } = run(script, JSON.stringify(given));
  if (status !== 0) throw new Error(`Python failed: ${error?.message ?? stderr}`);
  return JSON.parse(stdout) as T;
}

/** Numbers from 0 to 1 that are the same on every machine. */
export function generator(seed: number): () => number {
  let state = seed >>> 0 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}

export const csv = (rows: readonly (readonly number[])[]): string =>
  rows.map((row) => `${row.join(',')}\n`).join('');
