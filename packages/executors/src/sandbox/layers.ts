/** Which layers stand around a runner here. */
import { dictionary } from '@gaiwan/errors';
import { limits } from '../limits.ts';
import { SandboxError } from './errors.ts';
import { type Launcher, type Layer, PlainLauncher } from './launcher.ts';
import { requiredByDefault, type SandboxOptions } from './options.ts';
import { OsLauncher } from './os/launcher.ts';
import { type Host, type LayerReport, type Offered, probeHost } from './os/probe.ts';
import { makeVisible } from './os/visible.ts';
import type { RunnerSpec } from './runner.ts';

const PROCESSES = limits.sandboxProcesses.value;
const SCRATCH_MIB = limits.sandboxScratch.value;

/** By control group: what a host offers stays while a worker runs. */
const known = new Map<string | undefined, Promise<Host>>();

/** Rejects with `SandboxError` ('layer') where one that is required is not on offer. All that are on offer are used. */
export async function openLauncher(
  runner: Pick<RunnerSpec, 'readOnly'>,
  options: SandboxOptions,
): Promise<Launcher> {
  const { folder, cgroup, require = requiredByDefault() } = options;
  if (process.platform !== 'linux') return requireLayers(new PlainLauncher(), require, undefined);
  let host = known.get(cgroup);
  if (!host) {
    host = probeHost(folder, cgroup);
    known.set(cgroup, host);
  }
  const offered = withoutLayers((await host).offered, options.without ?? []);
  const visible = await makeVisible(runner.readOnly, offered.setpriv !== undefined);
  const launcher = new OsLauncher({
    ...offered,
    folder,
    visible,
    processes: options.processes ?? PROCESSES,
    scratchBytes: (options.scratchMiB ?? SCRATCH_MIB) * 2 ** 20,
  });
  return requireLayers(launcher, require, await host).catch((error: unknown) => {
    // What was missing may be there when somebody asks again: it was a host that was short of processes, say.
    known.delete(cgroup);
    throw error;
  });
}

/** The layers that would stand around a runner here. Rejects as `openLauncher` does. */
export async function checkLayers(options: SandboxOptions): Promise<readonly Layer[]> {
  const launcher = await openLauncher({ readOnly: [] }, options);
  await launcher.close();
  return launcher.layers;
}

function withoutLayers({ setpriv, ...rest }: Offered, without: readonly Layer[]): Offered {
  const { process, bubblewrap, seccomp, prlimit, cgroups } = rest;
  const kept = <T>(layer: Layer, value: T | undefined) => (without.includes(layer) ? undefined : value);
  const entries = {
    setpriv,
    process: kept('process', process),
    bubblewrap: kept('namespaces', bubblewrap),
    seccomp: kept('seccomp', seccomp),
    prlimit: kept('rlimits', prlimit),
    cgroups: kept('cgroups', cgroups),
  };
  return dictionary(Object.entries(entries).filter(([, value]) => value !== undefined));
}

async function requireLayers(
  launcher: Launcher,
  layers: SandboxOptions['require'] = [],
  host: Host | undefined,
): Promise<Launcher> {
  const missing = layers.find((layer) => !launcher.layers.includes(layer));
  if (missing === undefined) return launcher;
  await launcher.close();
  const report = host?.reports.find(({ layer }) => layer === missing);
  throw new SandboxError(
    'layer',
    `The layer "${missing}" is required and not on offer: ${report ? reasonFor(report) : 'only Linux has it'}`,
  );
}

function reasonFor({ offered, detail, remedy = '' }: LayerReport): string {
  return offered ? 'it is switched off' : `${detail}. To get it: ${remedy}`;
}
