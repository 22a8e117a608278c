/** Endorsements from a folder, or from one file: Node only. */

import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Evidence } from '../evidence.ts';
import { limits } from '../limits.ts';
import { type ChosenEndorsements, chooseEndorsements } from './choose.ts';
import type { NamedFile } from './collect.ts';
import { type EndorsementSource, SourceError } from './source.ts';

const MAX_FILES = limits.folderFiles.value;

/** The files of a folder, and of those in it, or the one file; `left`: what is too long. */
async function filesAt(path: string): Promise<{ files: NamedFile[]; left: ChosenEndorsements['unused'] }> {
  const isFolder = (await stat(path)).isDirectory();
  const names = isFolder ? (await readdir(path, { recursive: true })).sort() : [path];
  if (names.length > MAX_FILES)
    throw new SourceError('bad-answer', `${path} has more than ${MAX_FILES} files.`);
  const files: NamedFile[] = [];
  const left: { name: string; why: string }[] = [];
  for (const name of names) {
    const file = isFolder ? join(path, name) : path;
    const found = await stat(file);
    if (found.isDirectory()) continue;
    // A pipe has no size; a folder of endorsements has none in it.
    if (isFolder && !found.isFile()) left.push({ name, why: 'it is no regular file' });
    else if (found.size > limits.folderFile.value)
      left.push({ name, why: `it has more than ${limits.folderFile.value} bytes` });
    else files.push({ name, bytes: new Uint8Array(await readFile(file)) });
  }
  return { files, left };
}

/**
 * Reads the files of a folder, and of those in it, or one file, and chooses by content what fits the evidence and the time.
 *
 * @param beside other files to choose from, such as the one that the evidence came in; nothing is said about those that are not used
 * @throws {SourceError} `bad-answer` for too many files
 * @throws what the file system throws
 */
export async function readEndorsements(
  path: string | undefined,
  evidence: Evidence,
  at: Date | number,
  beside: readonly NamedFile[] = [],
): Promise<ChosenEndorsements> {
  const { files, left } = path === undefined ? { files: [], left: [] } : await filesAt(path);
  const { endorsements, unused } = chooseEndorsements([...files, ...beside], evidence, Number(at));
  const given = new Set(files.map(({ name }) => name));
  return { endorsements, unused: [...left, ...unused.filter(({ name }) => given.has(name))] };
}

/** The folder's content, read anew each time. `now`: default the wall clock. */
export function fileSource(path: string, now: () => number = Date.now): EndorsementSource {
  return {
    endorsements: async (evidence) => (await readEndorsements(path, evidence, now())).endorsements,
  };
}
