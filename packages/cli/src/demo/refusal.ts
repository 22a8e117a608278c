import { GaiwanError } from '@gaiwan/client';

/** What the platform says to somebody who tries what is not allowed. */
export async function refusalOf(attempt: Promise<unknown>): Promise<string> {
  try {
    await attempt;
  } catch (error) {
    if (error instanceof GaiwanError) {
      const who = error.subjects.length > 0 ? `, missing: ${error.subjects.join(', ')}` : '';
      return `refused (${error.policyId ?? error.code}${who})`;
    }
    throw error;
  }
  throw new Error('the platform allowed what it must refuse');
}
