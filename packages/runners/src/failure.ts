import type { Failure } from '@gaiwan/protocol/executor';

/** The function cannot be run, or failed: the job ends as `failed` with this message. */
export class RunnerFailure extends Error implements Failure {
  override readonly name = 'RunnerFailure';
  /** The function met this limit, which the runner itself holds. */
  readonly limit: Failure['limit'];
  /** The function failed of this refusal of the worker. */
  readonly code: Failure['code'];
  constructor(message: string, { limit, code }: Omit<Failure, 'message'> = {}) {
    super(message);
    this.limit = limit;
    this.code = code;
  }
}
