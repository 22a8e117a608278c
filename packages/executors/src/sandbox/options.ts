/** How sandboxes are set up. */
import type { KeptSandboxes } from './kept.ts';
import type { Layer } from './launcher.ts';
import type { RunnerSpec } from './runner.ts';

/** The layers around each process, and what it may use. */
export interface SandboxOptions {
  /** A private folder of the worker, for the layers' own small files. */
  readonly folder: string;
  /** `SandboxExecutor.open` rejects where one of these is not on offer. Default: `requiredByDefault()`. */
  readonly require?: readonly Layer[];
  /** Layers that are not used although they are on offer: to measure, and to test, what the others do alone. */
  readonly without?: readonly Layer[];
  /** Threads and processes of one sandbox, its own three included. Default: 128. */
  readonly processes?: number;
  /** What one may write to its scratch folder, in MiB of memory. Default: 64. */
  readonly scratchMiB?: number;
  /**
   * A version 2 control group that is delegated to the worker and has no processes of its own. Default: where the worker
   * itself is.
   */
  readonly cgroup?: string;
}

/** How many processes are started ahead of jobs. */
export interface WarmOptions {
  /** Processes that wait for any code. Default: as many as there are slots. */
  readonly generic?: number;
  /** Processes that have been given code that ran before. Default: twice as many as there are slots. */
  readonly prepared?: number;
  /** From the start on (default), or from the first job on, which then waits for a process to start. */
  readonly eager?: boolean;
}

/** What `SandboxExecutor.open` is given. */
export interface SandboxExecutorOptions {
  readonly runner: RunnerSpec;
  /** How many jobs run at once. Default: one less than there are processors, at least one. */
  readonly slots?: number;
  readonly warm?: WarmOptions;
  readonly sandbox: SandboxOptions;
  /** Where sandboxes wait for further calls of their trust domain: one for the whole worker. Absent: each call gets a new sandbox. */
  readonly kept?: KeptSandboxes;
  /** Gets the errors of processes that do not start, or die while they wait. */
  readonly onTrouble?: (error: Error) => void;
}

/** The layers that a worker must have to run untrusted code. */
export function requiredByDefault(platform: NodeJS.Platform = process.platform): readonly Layer[] {
  return platform === 'linux' ? ['process', 'namespaces', 'seccomp', 'rlimits'] : ['process'];
}
