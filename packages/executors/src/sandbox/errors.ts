/** What keeps a sandbox from being set up at all. What goes wrong with one job is an `ExecutorError`. */
export type SandboxErrorCode =
  /** A layer that is required is not on offer here. */
  | 'layer'
  /** The description of a runner is wrong. */
  | 'runner'
  /** The runner's process does not start, or ends before it is ready. */
  | 'start';

export class SandboxError extends Error {
  override readonly name = 'SandboxError';
  readonly code: SandboxErrorCode;
  constructor(code: SandboxErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
