/** Restoring a backup into a new data folder, which is there only when everything in it was checked. */
import { randomBytes } from 'node:crypto';
import { readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import type { MachineSettings } from '@gaiwan/enclave';
import { openEmbeddedStore, StoreError } from '@gaiwan/store';
import { PlatformError, refuse } from '../../errors.ts';
import { countWholeBlobs } from '../../services/storage/index.ts';
import { openMeasuredMachine } from '../machine.ts';
import type { MeasuredConfiguration } from '../measured.ts';
import { sealedKeyOf } from '../sealed-key.ts';
import { copyChecked } from './checked-copy.ts';
import { requireNothingAt, syncFolder } from './copy.ts';
import { BLOBS, STORE } from './parts.ts';

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
  await removeHalfRestored(data);
  const folder = `${data}.restoring-${randomBytes(4).toString('hex')}`;
  try {
    const manifest = await copyChecked(from, folder);
    const machine = await openMeasuredMachine(options);
    const blobs = await checkStore(folder, sealedKeyOf(folder, machine));
    await rename(folder, data);
    await syncFolder(dirname(data));
    return { made: manifest.made, files: manifest.files.length, blobs };
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

/** What an end in the middle has left: copies, of which the backup is still there. */
async function removeHalfRestored(data: string): Promise<void> {
  const start = `${basename(data)}.restoring-`;
  for (const name of await readdir(dirname(data)).catch(() => []))
    if (name.startsWith(start) && /^[0-9a-f]{8}$/.test(name.slice(start.length)))
      await rm(join(dirname(data), name), { recursive: true, force: true });
}

/** Every value of the store is opened, and every blob that it says is complete is looked for. Its age is for its start to judge. */
async function checkStore(folder: string, rootKey: ReturnType<typeof sealedKeyOf>): Promise<number> {
  try {
    const store = await openEmbeddedStore({ folder: join(folder, STORE), rootKey, anchor: 'unchecked' });
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
