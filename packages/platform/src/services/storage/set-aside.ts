/** Files beside the store that it does not know. They may belong to a newer state of it, so nobody but the operator removes them. */
import { lstat, mkdir, open, readdir, rename, rm, rmdir } from 'node:fs/promises';
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
  return (await look(aside)).aside;
}

/** Gives what was there, and removes that: what a start sets aside meanwhile stays. Whether anybody misses it is for whoever calls this to know. */
export async function removeAside(folder: string): Promise<Aside> {
  const { aside, places } = await look(folder);
  for (const place of places) await rm(join(folder, place), { recursive: true, force: true });
  await rmdir(folder).catch((error: unknown) => {
    // Not there, or a start has set something aside.
    if (!['ENOENT', 'ENOTEMPTY', 'EEXIST'].includes(systemCode(error) ?? '')) throw error;
  });
  return aside;
}

interface Look {
  readonly aside: Aside;
  /** What is directly in it: a folder for each start. */
  readonly places: readonly string[];
}

async function look(folder: string): Promise<Look> {
  try {
    const places = await readdir(folder);
    let [files, bytes] = [0, 0];
    // One after another: there may be very many.
    for (const place of places)
      for (const path of await filesIn(join(folder, place))) {
        bytes += (await lstat(path)).size;
        files++;
      }
    return { aside: { folder, files, bytes }, places };
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return { aside: { folder, files: 0, bytes: 0 }, places: [] };
    throw error;
  }
}

/** What is in a folder, but for folders; what is none is itself. */
async function filesIn(path: string): Promise<string[]> {
  if (!(await lstat(path)).isDirectory()) return [path];
  const found = await readdir(path, { recursive: true, withFileTypes: true });
  return found.filter((one) => !one.isDirectory()).map(({ parentPath, name }) => join(parentPath, name));
}
