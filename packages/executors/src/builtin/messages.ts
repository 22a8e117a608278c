/** Between the pool and its threads. */
import type { RunLimits } from '@gaiwan/protocol/executor';
import type { ExecutorErrorCode, HostFaultCode } from '../errors.ts';
import type { ExecutionRequest, ExecutionResult } from '../executor.ts';

export type Job = Pick<ExecutionRequest, 'functionName' | 'arguments' | 'inputs' | 'outputs' | 'folder'> & {
  readonly limits: Pick<RunLimits, 'outputBytes' | 'logBytes' | 'files' | 'memoryMiB'>;
  readonly keepLog: boolean;
  /** Bytes for all outputs together, before the disk. */
  readonly memory: number;
};

/** The first message of a thread, and the one after each answer: it can take a job. */
export interface Ready {
  /** Processor time that it has used so far. */
  readonly cpuMicros: number;
  /** Earlier jobs left more memory behind than the next one should begin with: the thread should be replaced. */
  readonly spent: boolean;
}

export type Answer =
  | { readonly ok: true; readonly result: ExecutionResult }
  | { readonly ok: false; readonly host: HostFaultCode; readonly message: string }
  | {
      readonly ok: false;
      readonly code: ExecutorErrorCode;
      readonly message: string;
      readonly log: readonly string[];
    };

/** What a thread is started with. */
export interface ThreadData {
  /** A module whose `builtins` are added to ours: for tests and for builds with functions of their own. */
  readonly extra?: string;
}
