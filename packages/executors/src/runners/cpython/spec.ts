/** How the host starts the native Python runner. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { SandboxError } from '../../sandbox/errors.ts';
import type { RunnerSpec } from '../../sandbox/runner.ts';

/** Same place seen from `src` and from `dist`: Python's files are not compiled. */
const PYTHON = fileURLToPath(new URL('../../../src/runners/python/', import.meta.url));
/** What a dynamic linker looks at. */
const LINKER = ['/lib', '/lib64', '/etc/ld.so.cache', '/etc/alternatives'];
/** Time zones, which modules of Debian look for there. */
const ZONES = '/usr/share/zoneinfo';
const FLAGS = ['-I', '-B', '-X', 'utf8'];

export interface CpythonOptions {
  /** Absolute path of an interpreter, 3.9 or later. */
  readonly python: string;
  /** Modules that every sandbox has imported before it gets a job: what the operator installed and wants to offer. */
  readonly modules?: readonly string[];
}

interface Probe {
  readonly version: string;
  readonly executable: string;
  readonly paths: readonly string[];
  readonly residentMiB: number;
}

/** Rejects with `SandboxError` ('runner') where the interpreter is too old, or lacks one of the modules. */
export async function cpythonRunner({ python, modules = [] }: CpythonOptions): Promise<RunnerSpec> {
  const probe = await ask(python, modules);
  const also = modules.length === 0 ? '' : ` with ${modules.join(', ')}`;
  return {
    name: `Python (${probe.version}${also})`,
    pairs: ['python/cpython'],
    command: [probe.executable, ...FLAGS, join(PYTHON, 'cpython.py'), ...modules],
    readOnly: [...new Set([...probe.paths, ...LINKER, ZONES, PYTHON])].filter((path) => existsSync(path)),
    layers: {
      interpreter: 'none: native Python keeps nothing from a function; the layers around the process do',
    },
    overheadMiB: probe.residentMiB + 32,
  };
}

async function ask(python: string, modules: readonly string[]): Promise<Probe> {
  const wrong = (why: string, cause?: unknown) =>
    new SandboxError('runner', `${python} cannot be used for functions: ${why}`, { cause });
  if (!existsSync(python)) throw wrong('it is not there.');
  const arguments_ = [...FLAGS, join(PYTHON, 'probe.py'), ...modules];
  const run = promisify(execFile)(python, arguments_, { env: {}, timeout: 60_000 });
  const { stdout } = await run.catch((error: Error & { readonly stderr?: string }) => {
    throw wrong(error.stderr?.trim().split('\n').at(-1) ?? error.message, error);
  });
  return JSON.parse(stdout) as Probe;
}
