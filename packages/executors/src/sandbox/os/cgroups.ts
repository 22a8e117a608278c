/** Where this process may make control groups: version 1 hierarchies, or a version 2 subtree that is delegated to it. */
import {
  accessSync,
  constants,
  existsSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';

/** Folders under which sandboxes get groups of their own. */
export type CgroupParents =
  | {
      readonly version: 1;
      readonly memory: string;
      readonly pids: string;
      readonly cpu?: string;
      readonly cpuacct?: string;
    }
  | { readonly version: 2; readonly unified: string };

/** How the kernel describes groups to this process. */
export interface CgroupFiles {
  /** Texts of /proc/self/mountinfo and /proc/self/cgroup. */
  readonly mountinfo: string;
  readonly membership: string;
}

/** Throws an `Error` whose message says why there is none. */
export function cgroupParents(configured?: string, files: CgroupFiles = own()): CgroupParents {
  if (configured !== undefined) return useUnified(configured);
  const folders = foldersOf(files);
  const memory = folders.get('memory');
  const pids = folders.get('pids');
  if (memory !== undefined && pids !== undefined) {
    const cpu = folders.get('cpu');
    const cpuacct = folders.get('cpuacct');
    for (const folder of [memory, pids]) accessSync(folder, constants.W_OK);
    return { version: 1, memory, pids, ...(cpu && { cpu }), ...(cpuacct && { cpuacct }) };
  }
  const group = folders.get('');
  if (group === undefined) throw new Error('no control groups are mounted');
  return useUnified(group);
}

const own = (): CgroupFiles => ({
  mountinfo: readFileSync('/proc/self/mountinfo', 'utf8'),
  membership: readFileSync('/proc/self/cgroup', 'utf8'),
});

/** By controller ('' is version 2): the folder of the group that this process is in. proc_pid_mountinfo(5), cgroups(7). */
function foldersOf({ mountinfo, membership }: CgroupFiles): Map<string, string> {
  const mounts = new Map<string, { root: string; at: string }>();
  for (const line of mountinfo.split('\n')) {
    const [left = '', right = ''] = line.split(' - ');
    const [, , , root = '/', at = ''] = left.split(' ');
    const [type, , options = ''] = right.split(' ');
    if (type === 'cgroup2') mounts.set('', { root, at });
    if (type === 'cgroup') for (const option of options.split(',')) mounts.set(option, { root, at });
  }
  const folders = new Map<string, string>();
  for (const line of membership.trim().split('\n')) {
    const [, controllers = '', ...rest] = line.split(':');
    const path = rest.join(':');
    for (const controller of controllers.split(',')) {
      const mount = mounts.get(controller);
      if (!mount) continue;
      const below = path.startsWith(mount.root) ? path.slice(mount.root.length) : path;
      const folder = join(mount.at, below);
      if (existsSync(folder)) folders.set(controller, folder);
    }
  }
  return folders;
}

/** A group that has processes of its own cannot give its controllers on: version 2 wants an empty one. */
function useUnified(group: string): CgroupParents {
  accessSync(group, constants.W_OK);
  const offered = readFileSync(join(group, 'cgroup.controllers'), 'utf8').trim().split(' ');
  const missing = ['memory', 'pids'].filter((controller) => !offered.includes(controller));
  if (missing.length > 0) throw new Error(`the group ${group} has no controller ${missing.join(', ')}`);
  const wanted = ['memory', 'pids', 'cpu'].filter((controller) => offered.includes(controller));
  writeFileSync(
    join(group, 'cgroup.subtree_control'),
    wanted.map((controller) => `+${controller}`).join(' '),
  );
  return { version: 2, unified: group };
}

/** Removes the groups of workers that were killed. Those that still hold something stay. */
export function removeStale(parents: CgroupParents): void {
  for (const folder of foldersUnder(parents)) {
    for (const name of readdirSync(folder)) {
      const [, pid] = /^gaiwan-(\d+)-\d+$/.exec(name) ?? [];
      if (pid === undefined || existsSync(`/proc/${pid}`)) continue;
      try {
        rmdirSync(join(folder, name));
      } catch {
        // Another worker was quicker, or something of it still runs.
      }
    }
  }
}

/** The folders in which sandboxes' groups are made. */
export function foldersUnder(parents: CgroupParents): string[] {
  if (parents.version === 2) return [parents.unified];
  const { memory, pids, cpu, cpuacct } = parents;
  return [...new Set([memory, pids, cpu, cpuacct])].filter((folder) => folder !== undefined);
}
