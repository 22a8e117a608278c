/** How the host starts the native Python runner. */
import { existsSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { pythonSources } from '@gaiwan/runners';
import { SandboxError } from '../../sandbox/errors.ts';
import type { SandboxOptions } from '../../sandbox/options.ts';
import type { RunnerSpec } from '../../sandbox/runner.ts';
import { FLAGS } from './flags.ts';
import { askPython, type Probe } from './probe.ts';

/** What a dynamic linker looks at. */
const LINKER = ['/lib', '/lib64', '/etc/ld.so.cache', '/etc/alternatives'];
/** Time zones, which modules of Debian look for there. */
const ZONES = '/usr/share/zoneinfo';

/** Which interpreter, and what it offers. */
export interface CpythonOptions {
  /** Absolute path of an interpreter, 3.9 or later. */
  readonly python: string;
  /** Modules that every sandbox has imported before it gets a job: what the operator installed and wants to offer. */
  readonly modules?: readonly string[];
  /** The interpreter is first asked what it needs, with these modules: within the layers that functions get. */
  readonly sandbox: SandboxOptions;
}

/** Rejects with `SandboxError` ('runner') where the interpreter is too old, or lacks one of the modules; 'layer' as any sandbox. */
export async function cpythonRunner({ python, modules = [], sandbox }: CpythonOptions): Promise<RunnerSpec> {
  const probe = await ask(python, modules, sandbox);
  const also = modules.length === 0 ? '' : ` with ${modules.join(', ')}`;
  const seen = [...probe.paths, python, realpathSync(python), ...LINKER, ZONES, pythonSources];
  return {
    name: `Python (${probe.version}${also})`,
    pairs: ['python/cpython'],
    command: [python, ...FLAGS, join(pythonSources, 'cpython.py'), ...modules],
    readOnly: [...new Set(seen)].filter((path) => existsSync(path)),
    ...(probe.forks && { reuse: 'fork' }),
    layers: {
      interpreter: 'none: native Python keeps nothing from a function; the layers around the process do',
    },
    // Of a fork server and its child, where pages that they share count for each.
    overheadMiB: probe.residentMiB * (probe.forks ? 2 : 1) + 32,
  };
}

async function ask(python: string, modules: readonly string[], sandbox: SandboxOptions): Promise<Probe> {
  try {
    return await askPython(python, modules, sandbox);
  } catch (cause) {
    if (cause instanceof SandboxError) throw cause;
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new SandboxError('runner', `${python} cannot be used for functions: ${why}`, { cause });
  }
}
