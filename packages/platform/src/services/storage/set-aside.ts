/** Files beside the store that it does not know. They may belong to a newer state of it, so nobody but the operator removes them. */
import { lstat, mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { systemCode } from '@gaiwan/errors';

/** What a start has moved. */
export interface SetAside {
  /** Where the files are now. */
  readonly folder: string;
  readonly files: number;
}

/** Moves files of a folder into a new one under `aside`, named by the time (ms since the epoch). Undefined where there are none. */
export async function setAside(
  folder: string,
  files: readonly string[],
  { aside, now }: { readonly aside: string; readonly now: number },
): Promise<SetAside | undefined> {
  if (files.length === 0) return undefined;
  const place = join(aside, new Date(now).toISOString().replaceAll(':', '-'));
  await mkdir(place, { recursive: true, mode: 0o700 });
  for (const file of files) await rename(join(folder, file), join(place, file));
  for (const changed of [place, aside, folder]) {
    const handle = await open(changed, 'r');
    await handle.sync();
    await handle.close();
  }
  return { folder: place, files: files.length };
}

/** What starts have set aside and nobody has removed since. */
export interface Aside {
  readonly folder: string;
  readonly files: number;
  /** Of all of them. */
  readonly bytes: number;
}

/** All that is under `aside`; nothing where there is no such folder. */
export async function measureAside(aside: string): Promise<Aside> {
  const nothing = { folder: aside, files: 0, bytes: 0 };
  try {
    const found = await readdir(aside, { recursive: true, withFileTypes: true });
    const files = found.filter((one) => !one.isDirectory());
    let bytes = 0;
    // One after another: there may be very many.
    for (const { parentPath, name } of files) bytes += (await lstat(join(parentPath, name))).size;
    return { ...nothing, files: files.length, bytes };
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return nothing;
    throw error;
  }
}

/** Gives what was there. Whether anybody misses it is for whoever calls this to know. */
export async function removeAside(aside: string): Promise<Aside> {
  const was = await measureAside(aside);
  await rm(aside, { recursive: true, force: true });
  return was;
}
