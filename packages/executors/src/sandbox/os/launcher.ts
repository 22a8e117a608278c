/** Starts runners within the operating system's layers. */
import { type ChildProcess, type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { closeSync, openSync, unlinkSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { Stream } from 'node:stream';
import { limits } from '../../limits.ts';
import { SandboxError } from '../errors.ts';
import type { Launcher, Layer, Sandboxed } from '../launcher.ts';
import { killRoot, killTree, usageOfTree } from '../process-tree.ts';
import type { RunnerSpec } from '../runner.ts';
import { wrap } from './bubblewrap.ts';
import { type Cgroup, makeCgroup } from './cgroup.ts';
import type { CgroupParents } from './cgroups.ts';
import { borrowUser, returnUser } from './identity.ts';
import { pipesAnd } from './inherited-descriptors.ts';
import { prlimitArguments } from './rlimits.ts';
import { type FilterOptions, seccompFilter } from './seccomp.ts';
import type { Arch } from './syscalls.ts';
import { asUser, killUser } from './user-processes.ts';
import type { Visible } from './visible.ts';

/** What to use; what is missing is a layer that does not stand. */
export interface OsLayers {
  /** A private folder. */
  readonly folder: string;
  /** It was tried, and stands. */
  readonly process?: boolean;
  /** setpriv(1): the worker is root, and sandboxes are not. */
  readonly setpriv?: string;
  readonly bubblewrap?: string;
  /** Wants bubblewrap. */
  readonly seccomp?: Arch;
  readonly prlimit?: string;
  readonly cgroups?: CgroupParents;
  /** Threads and processes of a sandbox. */
  readonly processes: number;
  /** What runners see of the host. */
  readonly visible: Visible;
  /** Bytes that it may write to its scratch folder. */
  readonly scratchBytes: number;
}

/** Enters the groups and forgets the one variable that a shell sets; then it is replaced. */
const ENTER =
  'n=$1; shift; while [ $n -gt 0 ]; do echo $$ >"$1" || exit 125; shift; n=$((n-1)); done; unset PWD; exec "$@"';
const FIRST_DESCRIPTOR = 3;
/** What a process may take to get ready, on top of what its runner says. */
const IDLE_MIB = limits.runnerIdleMemory.value;

/** Starts runners within those layers of `OsLayers` that are given. */
export class OsLauncher implements Launcher {
  readonly layers: readonly Layer[];
  readonly #use: OsLayers;
  /** By what they allow: files without a name. */
  readonly #filters = new Map<string, number>();

  constructor(use: OsLayers) {
    this.#use = use;
    this.layers = [
      ...(use.process ? (['process'] as const) : []),
      ...(use.bubblewrap ? (['namespaces'] as const) : []),
      ...(use.bubblewrap && use.seccomp ? (['seccomp'] as const) : []),
      ...(use.prlimit === undefined ? [] : (['rlimits'] as const)),
      ...(use.cgroups ? (['cgroups'] as const) : []),
    ];
  }

  /** Throws `SandboxError` ('layer') where the process would be root's. */
  launch(runner: RunnerSpec): Sandboxed {
    const { bubblewrap, cgroups, processes, setpriv } = this.#use;
    if (process.getuid?.() === 0 && setpriv === undefined) {
      const message =
        'A worker that is root starts no sandbox as root: setpriv, or the users 61184 to 65519, are missing.';
      throw new SandboxError('layer', message);
    }
    const user = setpriv === undefined ? undefined : borrowUser();
    const descriptors: number[] = [];
    let cgroup: Cgroup | undefined;
    try {
      cgroup = cgroups && makeCgroup(cgroups, processes);
      // Until a job brings its own limit.
      cgroup?.limitMemory(runner.overheadMiB + IDLE_MIB);
      const command = this.#command(runner, user, cgroup, descriptors);
      const [program = '', ...args] = command;
      const child = spawn(program, args, {
        cwd: '/',
        env: {},
        stdio: pipesAnd(descriptors),
        detached: true,
      });
      if (!hasPipes(child)) throw new SandboxError('start', `No pipes to ${program}: too many open files.`);
      const own = setpriv === undefined || user === undefined ? undefined : { setpriv, user };
      return {
        ...superviseChild(child, own, cgroup, bubblewrap !== undefined),
        renewable: runner.reuse === 'instance' || this.#servesByForks(runner),
      };
    } catch (error) {
      returnUser(user);
      void cgroup?.remove().catch(() => undefined);
      throw error;
    } finally {
      for (const descriptor of descriptors) closeSync(descriptor);
    }
  }

  async close(): Promise<void> {
    for (const filter of this.#filters.values()) closeSync(filter);
    this.#filters.clear();
    await this.#use.visible.remove();
  }

  /** From the outside in: groups, user, limits, namespaces, program. */
  #command(
    runner: RunnerSpec,
    user: number | undefined,
    cgroup: Cgroup | undefined,
    descriptors: number[],
  ): string[] {
    const { setpriv, prlimit, bubblewrap, processes, scratchBytes, seccomp, visible } = this.#use;
    const otherUser = user !== undefined;
    let inner = runner.command;
    if (bubblewrap !== undefined) {
      const serves = this.#servesByForks(runner);
      const forks = runner.forks ?? false;
      const pass = (filter: number): number =>
        FIRST_DESCRIPTOR - 1 + descriptors.push(openSync(`/proc/self/fd/${filter}`, 'r'));
      inner = wrap(bubblewrap, {
        runner,
        scratchBytes,
        seccomp: seccomp && pass(this.#filter({ arch: seccomp, forks: forks || serves, serves })),
        children: seccomp && serves ? pass(this.#filter({ arch: seccomp, forks })) : undefined,
        source: visible.source,
      });
    }
    // Bubblewrap sees to that itself, and may be one that needs its file's privileges.
    const privileges = bubblewrap === undefined ? ['--no-new-privs'] : [];
    const entries = cgroup?.entries ?? [];
    return [
      ...(cgroup ? ['/bin/sh', '-c', ENTER, 'sh', `${entries.length}`, ...entries] : []),
      ...(setpriv !== undefined && otherUser ? [setpriv, ...privileges, ...asUser(user)] : []),
      ...(prlimit === undefined
        ? []
        : [prlimit, ...prlimitArguments({ processes, fileBytes: scratchBytes }, otherUser)]),
      ...inner,
    ];
  }

  /** A fork server is kept apart from its children by both layers, so without one of them there is none. */
  #servesByForks({ reuse }: RunnerSpec): boolean {
    return reuse === 'fork' && this.#use.bubblewrap !== undefined && this.#use.seccomp !== undefined;
  }

  #filter(options: FilterOptions): number {
    const { forks, serves = false } = options;
    const name = serves ? 'serves' : forks ? 'forks' : 'threads';
    const known = this.#filters.get(name);
    if (known !== undefined) return known;
    const path = join(this.#use.folder, `seccomp-${process.pid}-${name}`);
    const file = openSync(path, 'wx+', 0o600);
    // Without a name nobody can change it, and nothing remains of it.
    unlinkSync(path);
    writeSync(file, seccompFilter(options));
    this.#filters.set(name, file);
    return file;
  }
}

/** Where there are no descriptors left, Node makes none of them. */
const hasPipes = (child: ChildProcess): child is ChildProcessWithoutNullStreams =>
  [child.stdin, child.stdout, child.stderr].every((stream) => stream instanceof Stream);

function superviseChild(
  child: ChildProcessWithoutNullStreams,
  own: { readonly setpriv: string; readonly user: number } | undefined,
  cgroup: Cgroup | undefined,
  namespaces: boolean,
): Omit<Sandboxed, 'renewable'> {
  const { pid } = child;
  return {
    child,
    usage() {
      const cpuMs = cgroup?.cpuMs();
      if (cpuMs !== undefined) return { cpuMs };
      return pid === undefined ? undefined : usageOfTree(pid);
    },
    limitMemory: (mebibytes) => cgroup?.limitMemory(mebibytes),
    outOfMemory: () => cgroup?.outOfMemory() ?? false,
    kill() {
      if (pid === undefined) return;
      if (namespaces) killRoot(pid);
      else killTree(pid);
    },
    async release() {
      try {
        // What has left its parents and its session is still in its group, where there is one, and its user's.
        if (pid !== undefined && !namespaces) killTree(pid);
        cgroup?.kill();
        if (own && !namespaces) await killUser(own.setpriv, own.user);
        await cgroup?.remove();
      } finally {
        returnUser(own?.user);
      }
    },
  };
}
