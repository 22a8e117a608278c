/**
 * The control group of one sandbox. Where processors are short, the group gets the share of one process, however many
 * threads it has: that needs the controller `cpu`, and no number of ours.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { limits } from '../../limits.ts';
import type { CgroupParents } from './cgroups.ts';
import { errnoOf } from './errno.ts';

const MIB = 1 << 20;
/** The kernel needs a moment to forget processes. */
const TRIES: number = limits.removalTries.value;
const WAIT_MS = 5;

/** A control group, in either version. */
export interface Cgroup {
  /** Whoever writes its process id to these is in the group, with all that it starts from then on. */
  readonly entries: readonly string[];
  readonly limitMemory: (mebibytes: number) => void;
  /** Whether the kernel killed something of it: it counts what it kills because the whole machine is short as well. */
  readonly outOfMemory: () => boolean;
  /** Nothing where the kernel does not count it. */
  readonly cpuMs: () => number | undefined;
  readonly kill: () => void;
  readonly remove: () => Promise<void>;
}

let made = 0;

/** A new group for so many threads and processes. Throws the file system's error where it may not be made. */
export function makeCgroup(parents: CgroupParents, processes: number): Cgroup {
  const name = `gaiwan-${process.pid}-${made++}`;
  return parents.version === 1
    ? versionOne(parents, name, processes)
    : versionTwo(parents.unified, name, processes);
}

function versionOne(
  { memory, pids, cpu, cpuacct }: Extract<CgroupParents, { version: 1 }>,
  name: string,
  processes: number,
): Cgroup {
  const own = (folder: string) => make(join(folder, name));
  const group = {
    memory: own(memory),
    pids: own(pids),
    cpu: cpu && own(cpu),
    cpuacct: cpuacct && own(cpuacct),
  };
  const folders = [...new Set(Object.values(group))].filter((folder) => folder !== undefined);
  put(group.pids, 'pids.max', processes);
  return {
    entries: folders.map((folder) => join(folder, 'cgroup.procs')),
    limitMemory(mebibytes) {
      // Memory with swap, where the kernel counts swap: never less than the memory alone, also not in between.
      const both = 'memory.memsw.limit_in_bytes';
      const swap = existsSync(join(group.memory, both));
      if (swap) put(group.memory, both, -1);
      put(group.memory, 'memory.limit_in_bytes', mebibytes * MIB);
      if (swap) put(group.memory, both, mebibytes * MIB);
    },
    outOfMemory: () => field(group.memory, 'memory.oom_control', 'oom_kill') > 0,
    cpuMs: () => (group.cpuacct ? Number(get(group.cpuacct, 'cpuacct.usage')) / 1e6 : undefined),
    kill: () => killAll(folders),
    remove: () => removeAll(folders),
  };
}

function versionTwo(parent: string, name: string, processes: number): Cgroup {
  const group = make(join(parent, name));
  put(group, 'pids.max', processes);
  return {
    entries: [join(group, 'cgroup.procs')],
    limitMemory(mebibytes) {
      put(group, 'memory.max', mebibytes * MIB);
      if (existsSync(join(group, 'memory.swap.max'))) put(group, 'memory.swap.max', 0);
      put(group, 'memory.oom.group', 1);
    },
    outOfMemory: () => field(group, 'memory.events', 'oom_kill') > 0,
    cpuMs: () => field(group, 'cpu.stat', 'usage_usec') / 1e3,
    kill() {
      if (existsSync(join(group, 'cgroup.kill'))) put(group, 'cgroup.kill', 1);
      else killAll([group]);
    },
    remove: () => removeAll([group]),
  };
}

function make(folder: string): string {
  mkdirSync(folder);
  return folder;
}

const put = (folder: string, file: string, value: number) => writeFileSync(join(folder, file), `${value}`);

function get(folder: string, file: string): string {
  try {
    return readFileSync(join(folder, file), 'latin1');
  } catch {
    return ''; // The group is gone.
  }
}

/** Of a file of lines "name number"; 0 where it is missing. */
const field = (folder: string, file: string, name: string): number =>
  Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(get(folder, file))?.[1] ?? 0);

function killAll(folders: readonly string[]): void {
  for (const pid of folders.flatMap((folder) => get(folder, 'cgroup.procs').split('\n'))) {
    try {
      if (pid !== '') process.kill(Number(pid), 'SIGKILL');
    } catch {
      // It has ended.
    }
  }
}

async function removeAll(folders: readonly string[]): Promise<void> {
  for (const folder of folders) {
    for (let left = TRIES; ; left--) {
      killAll([folder]);
      try {
        await rmdir(folder);
        break;
      } catch (error) {
        if (errnoOf(error) === 'ENOENT') break;
        if (left === 0) throw error;
        await delay(WAIT_MS);
      }
    }
  }
}
