/**
 * What a native interpreter says of itself, once it has imported the operator's modules. Those are untrusted code, too: it is
 * asked within the same layers as functions, sees the system and its own installation only, and what it answers is checked.
 */
import { existsSync, realpathSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pythonSources } from '@gaiwan/runners';
import { limits } from '../../limits.ts';
import { within } from '../../sandbox/hidden-paths.ts';
import { openLauncher } from '../../sandbox/layers.ts';
import type { SandboxOptions } from '../../sandbox/options.ts';
import { runOnce } from '../../sandbox/run-once.ts';
import { systemRuntime } from '../../sandbox/runtimes.ts';
import { FLAGS } from './flags.ts';
import { prefixesOf } from './prefixes.ts';

/** Its answer, checked. */
export interface Probe {
  readonly version: string;
  /** What has to be seen of the installation. */
  readonly paths: readonly string[];
  /** Memory of the interpreter with its modules. */
  readonly residentMiB: number;
  /** Whether it can fork a child for each call: its modules have started no threads. */
  readonly forks: boolean;
}

/** Big modules need some seconds, from a slow disk some more. */
const WITHIN_MS = limits.pythonProbe.value;
/** Of big modules. */
const MEMORY_MIB = limits.pythonProbeMemory.value;
const MOST_PATHS = limits.pythonProbePaths.value;

/** Rejects with an `Error` that says why the interpreter or its answer is of no use, and as `openLauncher` does. */
export async function askPython(
  python: string,
  modules: readonly string[],
  sandbox: SandboxOptions,
): Promise<Probe> {
  if (resolve(python) !== python || !existsSync(python)) throw new Error('it is not there.');
  const roots = [...systemRuntime(), ...prefixesOf(python)];
  const script = join(pythonSources, 'probe.py');
  const runner = {
    name: 'probe',
    pairs: [],
    command: [python, ...FLAGS, script, ...modules],
    readOnly: [...roots, python, realpathSync(python), pythonSources],
    layers: { interpreter: '' },
    overheadMiB: MEMORY_MIB,
  };
  const launcher = await openLauncher(runner, sandbox);
  try {
    const { stdout, stderr } = await runOnce(launcher, runner, WITHIN_MS);
    // Modules may print when they are imported; the answer is the last line.
    const answer = stdout.trimEnd().split('\n').at(-1) ?? '';
    if (answer === '') throw new Error(stderr.trim().split('\n').at(-1) || 'it ends without an answer.');
    return checkProbe(answer, roots);
  } finally {
    await launcher.close();
  }
}

/** `roots`: what the interpreter was shown. Throws an `Error` that says what is wrong with the answer. */
export function checkProbe(answer: string, roots: readonly string[]): Probe {
  let value: unknown;
  try {
    value = JSON.parse(answer);
  } catch {
    throw new Error('it does not answer with JSON.');
  }
  const { version, paths, residentMiB, forks }: Readonly<Record<string, unknown>> =
    typeof value === 'object' ? { ...value } : {};
  if (typeof version !== 'string' || !/^\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(version))
    throw new Error('it reports no version.');
  if (typeof residentMiB !== 'number' || !(residentMiB > 0 && residentMiB < MEMORY_MIB))
    throw new Error('it does not report its memory use.');
  if (!Array.isArray(paths) || paths.length > MOST_PATHS) throw new Error('it gives no list of paths.');
  const real = roots.map((root) => realpathSync(root));
  const checked = paths.map((path: unknown) => {
    if (typeof path !== 'string' || path.includes('\0') || resolve(path) !== path || !existsSync(path))
      throw new Error(`it gives ${JSON.stringify(path)}, which is no path here.`);
    const target = realpathSync(path);
    if (!roots.some((root) => within(path, root)) || !real.some((root) => within(target, root)))
      throw new Error(`it wants to see ${path}, which is neither the system's nor in its own installation.`);
    return path;
  });
  return { version, residentMiB, paths: checked, forks: forks === true };
}
