/** Asking Python's libraries, where they are installed (Debian: python3-sklearn). */
import { spawnSync } from 'node:child_process';

/** One thread: those of OpenMP and OpenBLAS wait for each other in loops, which takes the time of other tests. */
const env = { ...process.env, OMP_NUM_THREADS: '1', OPENBLAS_NUM_THREADS: '1' };

/** `python3` with these arguments. */
export const python3 = (args: readonly string[], input = '') =>
  spawnSync('python3', args, { input, encoding: 'utf8', maxBuffer: 1 << 28, env });

/** Whether Python has these libraries: found, not loaded, which takes seconds. */
export const hasPython = (...libraries: readonly string[]): boolean =>
  python3([
    '-c',
    'import importlib.util, sys; sys.exit(not all(map(importlib.util.find_spec, sys.argv[1:])))',
    ...libraries,
  ]).status === 0;
export const hasSklearn: boolean = hasPython('sklearn', 'numpy');

/** What `script` prints as JSON; it finds `given` as JSON on its standard input. Throws `Error` with its complaint. */
export function askPython<T>(script: string, given: unknown): T {
  const { status, stdout, stderr, error } = python3(['-c', script], JSON.stringify(given));
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
