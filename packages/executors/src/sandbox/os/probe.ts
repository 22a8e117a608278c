/** Which layers this host offers: each is tried for real, and what a program finds inside decides. */
import { existsSync, readFileSync } from 'node:fs';
import { limits } from '../../limits.ts';
import type { Layer } from '../launcher.ts';
import { runOnce } from '../run-once.ts';
import { nodeRuntime } from '../runtimes.ts';
import { cgroupParents, removeStale } from './cgroups.ts';
import { usersExist } from './identity.ts';
import { OsLauncher, type OsLayers } from './launcher.ts';
import { type Findings, PROBE_SCRIPT } from './probe-script.ts';
import { removeStaleVisible } from './stale-visible.ts';
import type { Arch } from './syscalls.ts';
import { which } from './tools.ts';
import { makeVisible } from './visible.ts';

/** What is known of one layer on this host. */
export interface LayerReport {
  readonly layer: Layer;
  readonly offered: boolean;
  /** What was seen, or why not. */
  readonly detail: string;
  /** How to get it, where it is missing. */
  readonly remedy?: string;
}

/** What stands, for `OsLauncher`. */
export type Offered = Pick<
  OsLayers,
  'process' | 'setpriv' | 'bubblewrap' | 'seccomp' | 'prlimit' | 'cgroups'
>;

/** What this host offers. */
export interface Host {
  readonly reports: readonly LayerReport[];
  readonly offered: Offered;
}

/** Of a program within layers. */
interface Seen extends Findings {
  readonly within: Offered;
  /** As the kernel tells others. */
  readonly user: number;
  readonly groups: string;
}

interface Trial {
  readonly layer: Layer;
  /** What makes the layer. Throws why it cannot be had. */
  readonly parts: () => Offered;
  /** What stands beside it when it is tried alone. */
  readonly beside: () => Offered;
  /** What was seen. Throws what does not hold. */
  readonly judge: (seen: Seen) => string;
}

/** With its parts, or why there are none. */
type Prepared = Omit<Trial, 'parts'> & ({ readonly parts: Offered } | { readonly missing: unknown });

interface Tried {
  readonly offered: Offered;
  readonly report: LayerReport;
}

/** Programs that build the layers, and the packages of Debian that they come with. */
const PACKAGES = { bwrap: 'bubblewrap', prlimit: 'util-linux', setpriv: 'util-linux' } as const;
type Tool = keyof typeof PACKAGES;

const WITHIN_MS = limits.layerProbe.value;
const PROCESSES = limits.layerProbeProcesses.value;
const SCRATCH = limits.layerProbeScratch.value;

/**
 * `folder`: private, for small files. `cgroup`: see `SandboxOptions`. Never rejects: what fails is not offered. One program within all
 * layers that are there shows each of them to hold; where one does not, each is tried alone, which tells what is missing.
 */
export async function probeHost(folder: string, cgroup?: string): Promise<Host> {
  const trials = [processTrial, namespacesTrial, seccompTrial, rlimitsTrial, cgroupsTrial(cgroup)].map(
    prepare,
  );
  if (process.getuid?.() === 0) await removeStaleVisible().catch(() => undefined);
  const tried =
    (await tryTogether(folder, trials)) ??
    (await Promise.all(trials.map((trial) => tryAlone(folder, trial))));
  const offered: Offered = Object.assign({}, ...tried.map((one) => one.offered));
  return { reports: tried.map(({ report }) => report), offered };
}

function prepare({ parts, ...trial }: Trial): Prepared {
  try {
    if (process.platform !== 'linux' && trial.layer !== 'process') throw new Error('only Linux has it');
    return { ...trial, parts: parts() };
  } catch (missing) {
    return { ...trial, missing };
  }
}

/** Nothing where one of them does not hold. */
async function tryTogether(folder: string, trials: readonly Prepared[]): Promise<Tried[] | undefined> {
  const all: Offered = Object.assign({}, ...trials.map((trial) => 'parts' in trial && trial.parts));
  try {
    const seen = await seeWithin(folder, all);
    return trials.map((trial) => ('parts' in trial ? holds(trial, seen) : fails(trial, trial.missing)));
  } catch {
    return undefined;
  }
}

async function tryAlone(folder: string, trial: Prepared): Promise<Tried> {
  if ('missing' in trial) return fails(trial, trial.missing);
  try {
    return holds(trial, await seeWithin(folder, { ...trial.beside(), ...trial.parts }));
  } catch (error) {
    return fails(trial, error);
  }
}

const holds = ({ layer, judge, parts }: Extract<Prepared, { parts: Offered }>, seen: Seen): Tried => ({
  offered: parts,
  report: { layer, offered: true, detail: judge(seen) },
});

function fails({ layer }: Prepared, error: unknown): Tried {
  const detail = error instanceof Error ? error.message : String(error);
  const remedy = error instanceof MissingTool ? error.remedy : remedyFor(layer);
  return { offered: {}, report: { layer, offered: false, detail, remedy } };
}

const processTrial: Trial = {
  layer: 'process',
  parts: () => ({ ...(process.platform === 'linux' && user()), process: true }),
  beside: () => ({}),
  judge({ environment, user: number, within }) {
    // Bubblewrap adds one that is known.
    const others = environment.filter((name) => !(within.bubblewrap !== undefined && name === 'PWD'));
    expectThat(others.length === 0, `its environment has ${others.join(', ')}`);
    expectThat(number !== 0, 'it is root');
    return `a process of its own, an empty environment, user ${number} of the host`;
  },
};

const namespacesTrial: Trial = {
  layer: 'namespaces',
  parts: () => ({ bubblewrap: pathOf('bwrap') }),
  beside: () => user(),
  judge({ network, processes, kernelWritable, within }) {
    expectThat(
      network.every((name) => name === 'lo'),
      'it sees the host’s network',
    );
    expectThat(processes <= 3, 'it sees the host’s processes');
    expectThat(!kernelWritable, 'it can write settings of the kernel');
    return `${within.bubblewrap}: no network, no processes, no files of the host`;
  },
};

const seccompTrial: Trial = {
  layer: 'seccomp',
  parts() {
    pathOf('bwrap');
    return { seccomp: arch() };
  },
  beside: () => ({ ...user(), bubblewrap: pathOf('bwrap') }),
  judge({ seccomp, listen, within }) {
    expectThat(seccomp === 2 && listen === 'EPERM', `the filter does not hold (${listen})`);
    return `a list of allowed system calls for ${within.seccomp}`;
  },
};

const rlimitsTrial: Trial = {
  layer: 'rlimits',
  parts: () => ({ prlimit: pathOf('prlimit') }),
  beside: () => user(),
  judge({ openFiles, within }) {
    expectThat(openFiles > 0 && openFiles <= 256, `open files: ${openFiles}`);
    return `${within.prlimit}: open files, file size, processes, processor time, no core`;
  },
};

const cgroupsTrial = (configured: string | undefined): Trial => ({
  layer: 'cgroups',
  parts() {
    const cgroups = cgroupParents(configured);
    removeStale(cgroups);
    return { cgroups };
  },
  beside: () => user(),
  judge({ groups, within }) {
    expectThat(groups.includes(`/gaiwan-${process.pid}-`), 'the process is not in its group');
    return `version ${within.cgroups?.version}: memory, processes, processor time`;
  },
});

/** Sandboxes of root are not root: without that nothing else counts. */
function user(): Offered {
  if (process.getuid?.() !== 0) return {};
  if (!usersExist()) throw new Error('the users 61184 to 65519 do not exist in this container');
  return { setpriv: pathOf('setpriv') };
}

class MissingTool extends Error {
  override readonly name = 'MissingTool';
  readonly remedy: string;
  constructor(tool: Tool) {
    super(`${tool} is not installed`);
    this.remedy = `apt-get install ${PACKAGES[tool]}`;
  }
}

/** Its absolute path. Throws `MissingTool`. */
function pathOf(tool: Tool): string {
  const found = which(tool);
  if (found === undefined) throw new MissingTool(tool);
  return found;
}

function arch(): Arch {
  if (process.arch === 'x64' || process.arch === 'arm64') return process.arch;
  throw new Error(`no filter is known for ${process.arch}`);
}

/** Runs the script within these layers alone, and looks at it meanwhile. */
async function seeWithin(folder: string, within: Offered): Promise<Seen> {
  const readOnly = nodeRuntime();
  const command = [process.execPath, '-e', PROBE_SCRIPT];
  const visible = await makeVisible(readOnly, within.setpriv !== undefined);
  // Without namespaces nothing is bound: the program itself must be reached.
  if (within.bubblewrap === undefined) command[0] = visible.source(process.execPath);
  const launcher = new OsLauncher({
    ...within,
    folder,
    visible,
    processes: PROCESSES,
    scratchBytes: SCRATCH,
  });
  try {
    const probe = {
      name: 'probe',
      pairs: [],
      command,
      readOnly,
      layers: { interpreter: '' },
      overheadMiB: 0,
    };
    let fromOutside: { user: number; groups: string } | undefined;
    const said = await runOnce(launcher, probe, WITHIN_MS, (pid) => {
      const told = (file: string) => readFileSync(`/proc/${pid}/${file}`, 'latin1');
      const [, user] = /^Uid:\s+(\d+)/m.exec(told('status')) ?? [];
      fromOutside = { user: Number(user), groups: told('cgroup') };
    });
    if (!fromOutside) throw new Error(said.stderr.trim().split('\n').at(-1) ?? 'it does not start');
    const findings: Findings = JSON.parse(said.stdout);
    return { ...findings, ...fromOutside, within };
  } finally {
    await launcher.close();
  }
}

function expectThat(holds: boolean, otherwise: string): void {
  if (!holds) throw new Error(otherwise);
}

function remedyFor(layer: Layer): string {
  if (layer === 'cgroups') {
    return 'start the worker as root, or with: systemd-run --scope --property=Delegate=yes, and name an empty group of its own with --cgroup';
  }
  if (layer === 'namespaces' || layer === 'seccomp') return namespacesRemedy();
  return 'see docs/sandbox.md';
}

function namespacesRemedy(): string {
  const setting = (path: string) => (existsSync(path) ? readFileSync(path, 'latin1').trim() : undefined);
  if (setting('/proc/sys/kernel/unprivileged_userns_clone') === '0') {
    return 'sysctl -w kernel.unprivileged_userns_clone=1';
  }
  if (setting('/proc/sys/kernel/apparmor_restrict_unprivileged_userns') === '1') {
    return 'an AppArmor profile for bwrap, or: sysctl -w kernel.apparmor_restrict_unprivileged_userns=0';
  }
  if (setting('/proc/sys/user/max_user_namespaces') === '0')
    return 'sysctl -w user.max_user_namespaces=10000';
  return 'in a container: docker run --security-opt seccomp=unconfined --security-opt systempaths=unconfined';
}
