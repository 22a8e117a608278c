/** Between the pool and its threads. */
import type { ExecutionRequest, ExecutionResult, ExecutorErrorCode } from '../executor.ts';

export type Job = Pick<ExecutionRequest, 'functionName' | 'arguments' | 'inputs' | 'outputs' | 'folder'> & {
  readonly outputBytes: number;
};

export type Answer =
  | { readonly ok: true; readonly result: ExecutionResult }
  | { readonly ok: false; readonly code: ExecutorErrorCode; readonly message: string };

/** What a thread is started with. */
export interface ThreadData {
  /** A module whose `builtins` are added to ours: for tests and for builds with functions of their own. */
  readonly extra?: string;
}
