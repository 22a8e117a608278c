/** The files of a backup, copied where each of them is what its list says. */
import { mkdir, open } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf } from '@gaiwan/errors';
import { refuse } from '../../errors.ts';
import { limits } from '../../limits.ts';
import { copyHashed, filesUnder } from './copy.ts';
import { type BackupManifest, MANIFEST, parseBackupManifest } from './manifest.ts';
import { BLOBS, DATABASE } from './parts.ts';

/**
 * Copies a backup into a new folder. The content is looked at once, on its way: what was copied is what was checked.
 *
 * Rejects with `PlatformError` (`backup-unreadable`, `backup-changed`); what was copied by then is its caller's to remove.
 */
export async function copyChecked(from: string, folder: string): Promise<BackupManifest> {
  const manifest = await readManifest(from);
  await requireSameFiles(from, manifest);
  await copyAll(manifest, from, folder);
  return manifest;
}

async function readManifest(from: string): Promise<BackupManifest> {
  const path = join(from, MANIFEST);
  let text = '';
  try {
    const file = await open(path, 'r');
    try {
      if ((await file.stat()).size <= limits.backupManifest.value) text = await file.readFile('utf8');
    } finally {
      await file.close();
    }
  } catch (cause) {
    throw refuse('backup-unreadable', `${path} cannot be read: ${messageOf(cause)}`, { cause });
  }
  const manifest = parseBackupManifest(text);
  if (!manifest) throw refuse('backup-unreadable', `${path} is no list of a backup's files.`);
  return manifest;
}

async function requireSameFiles(from: string, { files }: BackupManifest): Promise<void> {
  const there = new Set((await filesUnder(from)).filter((path) => path !== MANIFEST));
  const missing = files.find(({ path }) => !there.delete(path));
  if (missing) throw changed(missing.path, 'is missing');
  const [stray] = there;
  if (stray !== undefined) throw changed(stray, 'is none of the files that were backed up');
  if (!files.some(({ path }) => path === DATABASE)) throw changed(DATABASE, 'is missing');
}

const changed = (path: string, what: string) =>
  refuse('backup-changed', `${path} of the backup ${what}: nothing was restored.`, { subjects: [path] });

async function copyAll({ files }: BackupManifest, from: string, folder: string): Promise<void> {
  await mkdir(join(folder, BLOBS), { recursive: true, mode: 0o700 });
  for (const { path, size, sha256 } of files) {
    const copied = await copyHashed(from, folder, path);
    if (copied.size !== size) throw changed(path, `has ${copied.size} bytes, not ${size}`);
    if (copied.sha256 !== sha256) throw changed(path, 'has another content than when it was made');
  }
}
