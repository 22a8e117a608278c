/** Runs one function of one task. What an executor gets is plaintext and never a data key. */
import type { Staged } from './staged.ts';

/** Each is a whole number of at least 1. Built-in functions, being the platform's own code, know only the first three. */
export interface ExecutionLimits {
  /** Wall time, from the moment that the function is given its job. */
  readonly timeMs: number;
  readonly memoryMiB: number;
  /** Over all outputs and the return text. */
  readonly outputBytes: number;
  /** Processor time of all its threads and processes. */
  readonly cpuMs: number;
  /** What it writes to standard output and standard error. */
  readonly logBytes: number;
  /** How often it opens an input or creates an output; 1,023 at most count. */
  readonly files: number;
}

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
  readonly limits: ExecutionLimits;
  /** A private folder for this attempt's spool files. */
  readonly folder: string;
  readonly signal?: AbortSignal;
}

export interface ExecutionResult {
  readonly returnValue: Uint8Array;
  readonly log: readonly string[];
  /** Those outputs that the function created. */
  readonly outputs: Readonly<Record<string, Staged>>;
}

export type ExecutorErrorCode =
  /** The function itself refused: `message` is the contract's text. */
  | 'function'
  | 'not-available'
  | 'time-limit'
  | 'memory-limit'
  | 'output-limit'
  | 'cpu-limit'
  | 'log-limit'
  | 'canceled'
  /** Staging failed: no space, or somebody changed the spool. */
  | 'disk'
  /** The thread or sandbox died. */
  | 'crashed';

export class ExecutorError extends Error {
  override readonly name = 'ExecutorError';
  readonly code: ExecutorErrorCode;
  /** What the function wrote to its log until then. */
  readonly log: readonly string[];
  constructor(
    code: ExecutorErrorCode,
    message: string,
    { log = [], ...options }: ErrorOptions & { readonly log?: readonly string[] } = {},
  ) {
    super(message, options);
    this.code = code;
    this.log = log;
  }
}

export interface Executor {
  /** Pairs "<executor_type>/<executor>" that it can run. */
  readonly pairs: readonly string[];
  /** How many run at once. */
  readonly slots: number;
  /** Rejects with `ExecutorError`. */
  run(request: ExecutionRequest): Promise<ExecutionResult>;
  close(): Promise<void>;
}
