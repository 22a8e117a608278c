/** Files beside the store that it does not know. They may belong to a newer state of it, so nobody but the operator removes them. */
import { mkdir, open, rename } from 'node:fs/promises';
import { join } from 'node:path';

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
