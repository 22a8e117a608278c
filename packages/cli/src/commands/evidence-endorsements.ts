/** Endorsements from a folder or a file. */
import type { Endorsements, Evidence } from '@gaiwan/attestation';
import { usage } from '../errors.ts';

/** What fits the evidence and the time. Throws `CliError` (usage) for a path that has nothing of use. */
export async function endorsementsAt(path: string, evidence: Evidence, at: Date): Promise<Endorsements> {
  const { SourceError } = await import('@gaiwan/attestation/sources');
  const { readEndorsements } = await import('@gaiwan/attestation/sources/files');
  try {
    const found = await readEndorsements(path, evidence, at);
    if (Object.keys(found).length === 0) throw usage(`There are no endorsements in ${path}.`);
    return found;
  } catch (error) {
    if (error instanceof SourceError) throw usage(error.message);
    throw error;
  }
}
