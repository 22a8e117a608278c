/** Runs one function of one task. What an executor gets is plaintext and never a data key. */
import type { Staged } from './staged.ts';

/** Each is a whole number of at least 1. Exceeding any ends that run alone. */
export interface ExecutionLimits {
  /** Wall time, from the moment that the function is given its job. */
  readonly timeMs: number;
  /** Processor time, of all threads together. */
  readonly cpuMs: number;
  readonly memoryMiB: number;
  /** Over all outputs and the return text. */
  readonly outputBytes: number;
  /** What it writes to its log: of a sandbox, standard output and standard error. */
  readonly logBytes: number;
  /** How often it opens an input or creates an output. */
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
  /** Is the log wanted? If not, it need not be collected. */
  readonly keepLog?: boolean;
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
  /** The function opened an input that it does not have. */
  | 'unknown-input'
  | 'not-available'
  | 'time-limit'
  | 'cpu-limit'
  | 'memory-limit'
  | 'output-limit'
  | 'log-limit'
  | 'files-limit'
  | 'canceled'
  /** Staging failed: no space, or somebody changed the spool. */
  | 'disk'
  /** The thread or sandbox died. */
  | 'crashed';

export class ExecutorError extends Error {
  override readonly name = 'ExecutorError';
  readonly code: ExecutorErrorCode;
  /** What the function had logged until then. */
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
  /** What it is, for receipts: `builtin`, or the runner's name. */
  readonly name: string;
  /** What stands between the function and the host, for receipts: e.g. `process`, `namespaces`, `seccomp`. */
  readonly layers: readonly string[];
  /** Pairs "<executor_type>/<executor>" that it can run. */
  readonly pairs: readonly string[];
  /** How many run at once. */
  readonly slots: number;
  /** Rejects with `ExecutorError`. */
  run(request: ExecutionRequest): Promise<ExecutionResult>;
  close(): Promise<void>;
}
