/** Endorsements from a folder, or from one file: Node only. */

import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Endorsements, Evidence } from '../evidence.ts';
import { limits } from '../limits.ts';
import { chooseEndorsements } from './choose.ts';
import { type EndorsementSource, SourceError } from './source.ts';

const MAX_FILES = limits.folderFiles.value;

/**
 * Reads the files of a folder, and of those in it, or one file, and chooses by content what fits the evidence and the time.
 *
 * @throws {SourceError} `bad-answer` for too many files
 * @throws what the file system throws
 */
export async function readEndorsements(
  path: string,
  evidence: Evidence,
  at: Date | number,
): Promise<Endorsements> {
  const isFolder = (await stat(path)).isDirectory();
  const names = isFolder ? (await readdir(path, { recursive: true })).sort() : [''];
  if (names.length > MAX_FILES)
    throw new SourceError('bad-answer', `${path} has more than ${MAX_FILES} files.`);
  const files: Uint8Array[] = [];
  for (const name of names) {
    const file = isFolder ? join(path, name) : path;
    const found = await stat(file);
    if (found.isFile() && found.size <= limits.folderFile.value)
      files.push(new Uint8Array(await readFile(file)));
  }
  return chooseEndorsements(files, evidence, Number(at));
}

/** The folder's content, read anew each time. `now`: default the wall clock. */
export function fileSource(path: string, now: () => number = Date.now): EndorsementSource {
  return { endorsements: (evidence) => readEndorsements(path, evidence, now()) };
}
