/** Between the pool and its threads. */
import type { ExecutionLimits, ExecutionRequest, ExecutionResult, ExecutorErrorCode } from '../executor.ts';

export type Job = Pick<ExecutionRequest, 'functionName' | 'arguments' | 'inputs' | 'outputs' | 'folder'> & {
  readonly limits: Pick<ExecutionLimits, 'outputBytes' | 'logBytes' | 'files'>;
  readonly keepLog: boolean;
};

/** The first message of a thread; `cpuMicros`: processor time that it has used so far. */
export interface Ready {
  readonly cpuMicros: number;
}

export type Answer = Ready &
  (
    | { readonly ok: true; readonly result: ExecutionResult }
    | {
        readonly ok: false;
        readonly code: ExecutorErrorCode;
        readonly message: string;
        readonly log: readonly string[];
      }
  );

/** What a thread is started with. */
export interface ThreadData {
  /** A module whose `builtins` are added to ours: for tests and for builds with functions of their own. */
  readonly extra?: string;
}
