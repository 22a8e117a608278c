/** A consistent copy of a data folder, within it, while it is in use: the store as it is at one moment, links to all other files. */
import { randomBytes } from 'node:crypto';
import { copyFile, link, mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { systemCode } from '@gaiwan/errors';
import { BLOBS, isKeyFile, STORE } from './parts.ts';

export interface SnapshotOptions {
  readonly data: string;
  /** Writes the store into a new folder. */
  readonly copyStore: (folder: string) => Promise<void>;
}

/**
 * Returns the snapshot's folder, for its caller to remove. What the store names in the moment of its copy is in it: blobs and sealed
 * keys are taken before and after, so that neither one that comes nor one that goes meanwhile is missing.
 */
export async function takeSnapshot({ data, copyStore }: SnapshotOptions): Promise<string> {
  const folder = await mkdtemp(join(data, 'snapshot-'));
  try {
    await mkdir(join(folder, BLOBS));
    const besides = async () => {
      await linkBlobs(join(data, BLOBS), join(folder, BLOBS));
      await copyKeys(data, folder);
    };
    await besides();
    await copyStore(join(folder, STORE));
    await besides();
    return folder;
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

/** What an end in the middle of a backup has left. */
export async function removeSnapshots(data: string): Promise<void> {
  for (const name of await readdir(data))
    if (name.startsWith('snapshot-')) await rm(join(data, name), { recursive: true, force: true });
}

/** A file that was linked before stays as it was; one that goes before its turn is no part of the store any more. */
async function linkBlobs(from: string, to: string): Promise<void> {
  for (const entry of await listed(from)) {
    if (!entry.isFile()) continue;
    await link(join(from, entry.name), join(to, entry.name)).catch(unless('EEXIST', 'ENOENT'));
  }
}

/** A rotation renames: of two keys that had the same name, the later one gets a name of those that a rotation makes. */
async function copyKeys(from: string, to: string): Promise<void> {
  for (const { name } of (await listed(from)).filter((entry) => entry.isFile() && isKeyFile(entry.name))) {
    const copy = await readFile(join(to, name)).catch(unless('ENOENT'));
    const now = await readFile(join(from, name)).catch(unless('ENOENT'));
    if (now === undefined || (copy && Buffer.compare(copy, now) === 0)) continue;
    const free = copy === undefined ? name : `root.sealed.${randomBytes(8).toString('hex')}`;
    await copyFile(join(from, name), join(to, free)).catch(unless('ENOENT'));
  }
}

const listed = (folder: string) => readdir(folder, { withFileTypes: true });

/** For `catch`: these codes are expected. */
const unless =
  (...codes: readonly string[]) =>
  (error: unknown): undefined => {
    if (!codes.includes(systemCode(error) ?? '')) throw error;
  };
