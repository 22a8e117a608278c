/** Endorsements from a folder or a file. */
import type { Endorsements } from '@gaiwan/attestation';
import { usage } from '../errors.ts';

/** Throws `CliError` (usage) for a file that is no endorsement, or two of one kind. */
export async function endorsementsAt(path: string): Promise<Endorsements> {
  const { Refusal } = await import('@gaiwan/attestation');
  const { readEndorsements } = await import('@gaiwan/attestation/sources/files');
  try {
    return await readEndorsements(path);
  } catch (error) {
    if (error instanceof Refusal) throw usage(error.message);
    throw error;
  }
}
