/** What a run that must fail is refused with, for tests. */
import { FunctionError } from '../index.ts';

/** @throws Error where the run does not fail, or otherwise than by a refusal */
export async function refusalOf(run: Promise<unknown>): Promise<FunctionError> {
  try {
    await run;
  } catch (error) {
    if (error instanceof FunctionError) return error;
    throw error;
  }
  throw new Error('it was not refused');
}
