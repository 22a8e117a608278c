/** Runs one function of one task. What an executor gets is plaintext and never a data key. */
import type { RunLimits } from '@gaiwan/protocol/executor';
import type { Staged } from './staged.ts';
import type { StagingMemory } from './staging-memory.ts';

/** One run, as an executor is given it. */
export interface ExecutionRequest {
  readonly functionName: string;
  readonly executorType: string;
  readonly executor: string;
  /** JSON object text. */
  readonly arguments: string;
  readonly payload: Uint8Array;
  /** Given away: their memory moves to the function's thread. */
  readonly inputs: Readonly<Record<string, Staged>>;
  readonly outputs: readonly string[];
  readonly limits: RunLimits;
  /** Is the log wanted? If not, it need not be collected. */
  readonly keepLog?: boolean;
  /**
   * Digest of all whose data the call may see, and of the function: its sandbox may be kept, and serves calls of the same domain only.
   * Absent: the sandbox is new, and is ended with the call.
   */
  readonly domain?: string | undefined;
  /** A private folder for this attempt's spool files. */
  readonly folder: string;
  /** For outputs, before the disk: the task's part of what its worker has. By default the run has so much of its own. */
  readonly memory?: StagingMemory;
  readonly signal?: AbortSignal;
}

/** What a function made. */
export interface ExecutionResult {
  readonly returnValue: Uint8Array;
  readonly log: readonly string[];
  /** Those outputs that the function created. */
  readonly outputs: Readonly<Record<string, Staged>>;
}

/** Whether jobs can be given to an executor: not before one of its processes has started, and not while none does. */
export type Ability = 'able' | 'coming' | 'unable';

/** Runs functions of some kinds, several at once. */
export interface Executor {
  /** What it is, for receipts: `builtin`, or the runner's name. */
  readonly name: string;
  /** What stands between the function and the host, for receipts: e.g. `process`, `namespaces`, `seccomp`. */
  readonly layers: readonly string[];
  /** Pairs "<executor_type>/<executor>" that it can run. */
  readonly pairs: readonly string[];
  /** How many run at once. */
  readonly slots: number;
  /** Absent: always able. */
  readonly ability?: Ability;
  /** Calls `listener` after each change of `ability`, until the returned function is called. */
  readonly watchAbility?: (listener: () => void) => () => void;
  /**
   * @throws ExecutorError (rejects) with the limit that was exceeded, or why the function did not come to its end
   * @throws HostFault (rejects) where it did not by no fault of its own: it may elsewhere, or later
   */
  run(request: ExecutionRequest): Promise<ExecutionResult>;
  close(): Promise<void>;
}
