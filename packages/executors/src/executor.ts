/** Runs one function of one task. What an executor gets is plaintext and never a data key. */
import type { Staged } from './staged.ts';

export interface ExecutionLimits {
  readonly timeMs: number;
  readonly memoryMiB: number;
  /** Over all outputs and the return text. */
  readonly outputBytes: number;
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
  | 'canceled'
  /** Staging failed: no space, or somebody changed the spool. */
  | 'disk'
  /** The thread or sandbox died. */
  | 'crashed';

export class ExecutorError extends Error {
  override readonly name = 'ExecutorError';
  readonly code: ExecutorErrorCode;
  constructor(code: ExecutorErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
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
