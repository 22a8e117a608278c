/** The function cannot be run, or failed: the job ends as `failed` with this message. */
export class RunnerFailure extends Error {
  override readonly name = 'RunnerFailure';
  /** The function met this limit, which the runner itself holds. */
  readonly limit: 'memory' | undefined;
  constructor(message: string, limit?: 'memory') {
    super(message);
    this.limit = limit;
  }
}
