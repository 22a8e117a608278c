/** Endorsements from a folder or a file. */
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Endorsements } from '@gaiwan/attestation';
import { usage } from '../errors.ts';

const MAX_FILES = 100;

/** Reads and classifies. Throws `CliError` (usage) for a file that is no endorsement, or two of one kind. */
export async function endorsementsAt(path: string): Promise<Endorsements> {
  const { classifyEndorsements } = await import('@gaiwan/attestation/sources');
  const { Refusal } = await import('@gaiwan/attestation');
  const isFolder = (await stat(path)).isDirectory();
  const names = isFolder ? (await readdir(path)).sort() : [''];
  if (names.length > MAX_FILES)
    throw usage(`${path} has more than ${MAX_FILES} files: give a folder of endorsements.`);
  const files = new Map<string, Uint8Array>();
  for (const name of names) {
    const file = isFolder ? join(path, name) : path;
    if ((await stat(file)).isFile()) files.set(file, new Uint8Array(await readFile(file)));
  }
  try {
    return classifyEndorsements(files);
  } catch (error) {
    if (error instanceof Refusal) throw usage(error.message);
    throw error;
  }
}
