/** Restoring a backup into a new data folder, which is there only when everything in it was checked. */
import { randomBytes } from 'node:crypto';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { MachineSettings } from '@gaiwan/enclave';
import { messageOf } from '@gaiwan/errors';
import { openEmbeddedStore, StoreError } from '@gaiwan/store';
import { PlatformError, refuse } from '../../errors.ts';
import { limits } from '../../limits.ts';
import { countWholeBlobs } from '../../services/storage/index.ts';
import { openMeasuredMachine } from '../machine.ts';
import type { MeasuredConfiguration } from '../measured.ts';
import { sealedKeyOf } from '../sealed-key.ts';
import { copyHashed, filesUnder, requireNothingAt, syncFolder } from './copy.ts';
import { type BackupManifest, MANIFEST, parseBackupManifest } from './manifest.ts';
import { BLOBS, DATABASE, STORE } from './parts.ts';

export interface RestoreOptions extends MeasuredConfiguration {
  /** The backup. */
  readonly from: string;
  /** The data folder: not there yet, or empty. */
  readonly data: string;
  readonly machine: MachineSettings;
}

export interface Restored {
  /** When the backup was made, ISO 8601. */
  readonly made: string;
  readonly files: number;
  /** Complete ones, each there with its size. */
  readonly blobs: number;
}

/**
 * Must run as the release and the configuration that the root key is sealed to.
 *
 * Rejects with `PlatformError` (`backup-target`, `backup-unreadable`, `backup-changed`, `sealing-...`, `data-folder-...`), and as
 * `openMeasuredMachine`; then there is nothing at `data`.
 */
export async function restoreBackup(options: RestoreOptions): Promise<Restored> {
  const [from, data] = [resolve(options.from), resolve(options.data)];
  await requireNothingAt(data);
  const manifest = await readManifest(from);
  await requireSameFiles(from, manifest);
  const machine = await openMeasuredMachine(options);
  const folder = `${data}.restoring-${randomBytes(4).toString('hex')}`;
  try {
    await copyAll(manifest, from, folder);
    const blobs = await checkStore(folder, sealedKeyOf(folder, machine));
    await rename(folder, data);
    await syncFolder(dirname(data));
    return { made: manifest.made, files: manifest.files.length, blobs };
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
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

/** Every value of the store is opened, and every blob that it says is complete is looked for. */
async function checkStore(folder: string, rootKey: ReturnType<typeof sealedKeyOf>): Promise<number> {
  try {
    const store = await openEmbeddedStore({ folder: join(folder, STORE), rootKey });
    try {
      for await (const entry of store.entries([])) void entry;
      return await countWholeBlobs(store, join(folder, BLOBS));
    } finally {
      await store.close();
    }
  } catch (error) {
    if (error instanceof StoreError)
      throw refuse(`data-folder-${error.code}`, `The backup does not open: ${error.message}`, {
        cause: error,
      });
    if (error instanceof PlatformError && error.code === 'blob-missing')
      throw refuse('backup-changed', `${error.message} Nothing was restored.`, { cause: error });
    throw error;
  }
}
