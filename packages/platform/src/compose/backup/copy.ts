/** Copying the files of a backup, hashed on their way. */
import { createHash } from 'node:crypto';
import { mkdir, open, readdir, rmdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { systemCode } from '@gaiwan/errors';
import { refuse } from '../../errors.ts';
import type { BackedUpFile } from './manifest.ts';

const BLOCK = 1 << 20;

/** Copies a file into a new one, durably. Returns what was copied. */
export async function copyHashed(from: string, to: string, path: string): Promise<BackedUpFile> {
  const target = join(to, path);
  await mkdir(dirname(target), { recursive: true, mode: 0o700 });
  const source = await open(join(from, path), 'r');
  try {
    const copy = await open(target, 'wx', 0o600);
    try {
      const hash = createHash('sha256');
      const buffer = Buffer.allocUnsafe(BLOCK);
      let size = 0;
      for (;;) {
        const { bytesRead } = await source.read(buffer, 0, BLOCK, size);
        if (bytesRead === 0) break;
        const part = buffer.subarray(0, bytesRead);
        hash.update(part);
        await copy.writeFile(part);
        size += bytesRead;
      }
      await copy.sync();
      return { path, size, sha256: hash.digest('hex') };
    } finally {
      await copy.close();
    }
  } finally {
    await source.close();
  }
}

/** The files under a folder, as paths with `/`. Whatever is neither a file nor a folder is listed, too. */
export async function filesUnder(folder: string, below = ''): Promise<string[]> {
  const found: string[] = [];
  for (const entry of await readdir(join(folder, below), { withFileTypes: true })) {
    const path = below === '' ? entry.name : `${below}/${entry.name}`;
    if (entry.isDirectory()) found.push(...(await filesUnder(folder, path)));
    else found.push(path);
  }
  return found.sort();
}

export async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/** @throws PlatformError `backup-target` (rejects) unless there is nothing, or an empty folder, which is removed */
export async function requireNothingAt(path: string): Promise<void> {
  try {
    await rmdir(path);
  } catch (cause) {
    const code = systemCode(cause);
    if (code === 'ENOENT') return;
    if (code !== 'ENOTEMPTY' && code !== 'EEXIST' && code !== 'ENOTDIR') throw cause;
    throw refuse('backup-target', `There is something at ${path}: name a folder that is not there yet.`, {
      cause,
    });
  }
}
