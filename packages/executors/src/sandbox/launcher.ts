/** Starting a runner's process, with whatever layers stand around it. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { killTree, type Usage, usageOfTree } from './process-tree.ts';
import type { RunnerSpec } from './runner.ts';

/**
 * `process`: its own process with nothing of the worker's environment. `namespaces`: bubblewrap, under an unprivileged user;
 * it adds the variable PWD.
 * `seccomp`, `rlimits`, `cgroups`: what their names say.
 */
export type Layer = 'process' | 'namespaces' | 'seccomp' | 'rlimits' | 'cgroups';
/** Every layer, from the outermost in the order of the documentation. */
export const LAYERS: readonly Layer[] = ['process', 'namespaces', 'seccomp', 'rlimits', 'cgroups'];

/** A process and all that it starts. */
export interface Sandboxed {
  readonly child: ChildProcessWithoutNullStreams;
  /** Whether it can serve further calls (docs/sandbox.md, "What is reused"). */
  readonly renewable: boolean;
  /** Nothing where the system does not tell, or it is gone. */
  usage(): Usage | undefined;
  /** Lets the kernel hold it to so many MiB, where it can. */
  limitMemory(mebibytes: number): void;
  /** Whether the kernel ended something of it for want of memory. */
  outOfMemory(): boolean;
  /** Ends all of it at once. */
  kill(): void;
  /** After its end: nothing of it remains. */
  release(): Promise<void>;
}

/** Starts runners within its layers. */
export interface Launcher {
  readonly layers: readonly Layer[];
  /** Errors of the start come as 'error' of the child. */
  launch(runner: RunnerSpec): Sandboxed;
  close(): Promise<void>;
}

/** No wall but the process's own, for systems that offer no other; not for untrusted code. */
export class PlainLauncher implements Launcher {
  readonly layers: readonly Layer[] = ['process'];

  launch({ command, reuse }: RunnerSpec): Sandboxed {
    const [program = '', ...args] = command;
    // A session of its own, so that all that it starts can be found again.
    const child = spawn(program, args, { cwd: '/', env: {}, stdio: 'pipe', detached: true });
    const { pid } = child;
    return {
      child,
      renewable: reuse === 'instance',
      usage: () => (pid === undefined ? undefined : usageOfTree(pid)),
      limitMemory: () => undefined,
      outOfMemory: () => false,
      kill: () => {
        if (pid !== undefined) killTree(pid);
      },
      release: async () => {
        if (pid !== undefined) killTree(pid);
      },
    };
  }

  async close(): Promise<void> {}
}
