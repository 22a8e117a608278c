/** Which layers this host offers: each is tried for real, and what a program finds inside decides. */
import { existsSync, readFileSync } from 'node:fs';
import { limits } from '../../limits.ts';
import type { Layer } from '../launcher.ts';
import { runOnce } from '../run-once.ts';
import { nodeRuntime } from '../runtimes.ts';
import { type CgroupParents, cgroupParents, removeStale } from './cgroups.ts';
import { usersExist } from './identity.ts';
import { OsLauncher, type OsLayers } from './launcher.ts';
import { type Findings, PROBE_SCRIPT } from './probe-script.ts';
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

/** `folder`: private, for small files. `cgroup`: see `SandboxOptions`. Never rejects: what fails is not offered. */
export async function probeHost(folder: string, cgroup?: string): Promise<Host> {
  const tried = await Promise.all([
    attempt('process', () => tryProcess(folder)),
    attempt('namespaces', () => tryNamespaces(folder)),
    attempt('seccomp', () => trySeccomp(folder)),
    attempt('rlimits', () => tryRlimits(folder)),
    attempt('cgroups', () => tryCgroups(folder, cgroup)),
  ]);
  const offered: Offered = Object.assign({}, ...tried.map((one) => one.offered));
  return { reports: tried.map(({ report }) => report), offered };
}

async function attempt(
  layer: Layer,
  trial: () => Promise<{ offered: Offered; detail: string }>,
): Promise<Tried> {
  try {
    if (process.platform !== 'linux' && layer !== 'process') throw new Error('only Linux has it');
    const { offered, detail } = await trial();
    return { offered, report: { layer, offered: true, detail } };
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    const remedy = error instanceof MissingTool ? error.remedy : remedyFor(layer);
    return { offered: {}, report: { layer, offered: false, detail, remedy } };
  }
}

async function tryProcess(folder: string) {
  const offered = process.platform === 'linux' ? user() : {};
  const found = await inspectWithin(folder, offered);
  expectThat(found.environment.length === 0, `its environment has ${found.environment.join(', ')}`);
  return {
    offered: { ...offered, process: true },
    detail: `a process of its own, an empty environment, user ${found.user} of the host`,
  };
}

async function tryNamespaces(folder: string) {
  const bubblewrap = pathOf('bwrap');
  const found = await inspectWithin(folder, { ...user(), bubblewrap });
  expectThat(
    found.network.every((name) => name === 'lo'),
    'it sees the host’s network',
  );
  expectThat(found.processes <= 3, 'it sees the host’s processes');
  expectThat(!found.kernelWritable, 'it can write settings of the kernel');
  return { offered: { bubblewrap }, detail: `${bubblewrap}: no network, no processes, no files of the host` };
}

async function trySeccomp(folder: string) {
  const seccomp = arch();
  const found = await inspectWithin(folder, { ...user(), bubblewrap: pathOf('bwrap'), seccomp });
  expectThat(found.seccomp === 2 && found.listen === 'EPERM', `the filter does not hold (${found.listen})`);
  return { offered: { seccomp }, detail: `a list of allowed system calls for ${seccomp}` };
}

async function tryRlimits(folder: string) {
  const prlimit = pathOf('prlimit');
  const found = await inspectWithin(folder, { ...user(), prlimit });
  expectThat(found.openFiles > 0 && found.openFiles <= 256, `open files: ${found.openFiles}`);
  return {
    offered: { prlimit },
    detail: `${prlimit}: open files, file size, processes, processor time, no core`,
  };
}

async function tryCgroups(folder: string, configured: string | undefined) {
  const cgroups: CgroupParents = cgroupParents(configured);
  removeStale(cgroups);
  const found = await inspectWithin(folder, { ...user(), cgroups });
  expectThat(found.groups.includes('/gaiwan-'), 'the process is not in its group');
  return { offered: { cgroups }, detail: `version ${cgroups.version}: memory, processes, processor time` };
}

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

/** Runs the script within these layers alone. */
async function inspectWithin(folder: string, layers: Offered): Promise<Findings> {
  const readOnly = nodeRuntime();
  const command = [process.execPath, '-e', PROBE_SCRIPT];
  const visible = await makeVisible([...readOnly, process.execPath], layers.setpriv !== undefined);
  // Without namespaces nothing is bound: the program itself must be reached.
  if (layers.bubblewrap === undefined) command[0] = visible.source(process.execPath);
  const launcher = new OsLauncher({
    ...layers,
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
    const said = await runOnce(launcher, probe, WITHIN_MS);
    if (said.stdout === '') throw new Error(said.stderr.trim().split('\n').at(-1) ?? 'it does not start');
    const findings: Findings = JSON.parse(said.stdout);
    return findings;
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
