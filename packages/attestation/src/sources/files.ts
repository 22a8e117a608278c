/** Endorsements from a folder, or from one file: Node only. */
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Endorsements } from '../evidence.ts';
import { Refusal } from '../refusal.ts';
import { classifyEndorsements } from './classify.ts';
import type { EndorsementSource } from './source.ts';

const MAX_FILES = 100;
const MAX_FILE = 4 * 1024 * 1024;

/**
 * Reads all files and tells each by its content. Throws `Refusal` "malformed" for a file that is no endorsement, for two
 * of one kind, for too many or too large ones; and what the file system throws.
 */
export async function readEndorsements(path: string): Promise<Endorsements> {
  const isFolder = (await stat(path)).isDirectory();
  const names = isFolder ? (await readdir(path)).sort() : [''];
  if (names.length > MAX_FILES) {
    throw new Refusal(
      'malformed',
      `${path} has more than ${MAX_FILES} files: give a folder of endorsements for one piece of evidence.`,
    );
  }
  const files = new Map<string, Uint8Array>();
  for (const name of names) {
    const file = isFolder ? join(path, name) : path;
    const found = await stat(file);
    if (!found.isFile()) continue;
    if (found.size > MAX_FILE)
      throw new Refusal('malformed', `${file} has ${found.size} bytes: it is no endorsement.`);
    files.set(file, new Uint8Array(await readFile(file)));
  }
  return classifyEndorsements(files);
}

/** The folder's content, read anew each time. */
export function fileSource(path: string): EndorsementSource {
  return { endorsements: () => readEndorsements(path) };
}
