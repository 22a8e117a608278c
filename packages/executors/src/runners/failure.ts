/** The function cannot be run, or failed: the job ends as `failed` with this message. */
export class RunnerFailure extends Error {
  override readonly name = 'RunnerFailure';
}
