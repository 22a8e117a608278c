/** Folders of `makeVisible` that workers left because they were killed. */
import { existsSync } from 'node:fs';
import { lstat, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isRunning } from './process-mark.ts';

export const PREFIX = 'gaiwan-visible-';
/** Whose it is, then six characters that make the name unique. */
const NAME = /^gaiwan-visible-(?:([\d-]+)-)?[A-Za-z0-9]{6}$/;

/** Touches only what is this process's user's. */
export async function removeStaleVisible(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    const [found, owner] = NAME.exec(name) ?? [];
    if (found === undefined || (owner !== undefined && runs(owner))) continue;
    const folder = join(tmpdir(), name);
    const is = await lstat(folder).catch(() => undefined);
    if (is?.isDirectory() && is.uid === process.getuid?.())
      await rm(folder, { recursive: true, force: true });
  }
}

/** Earlier versions wrote the process's number alone, and before that nothing. */
const runs = (owner: string) => (/^\d+$/.test(owner) ? existsSync(`/proc/${owner}`) : isRunning(owner));
