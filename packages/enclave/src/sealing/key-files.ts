/** The files of a sealed root key: whole writes, and removals that never hit what somebody has written since. */

import { randomBytes } from 'node:crypto';
import { open, readdir, rename, unlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { systemCode } from '@gaiwan/errors';
import { limits } from '../limits.ts';
import { SealingError } from './sealer.ts';

/** No sealed key is as long: what is longer is cut off, and then does not open. */
const MAX_BLOB = limits.sealedBlob.value;

export interface KeyFile {
  readonly path: string;
  readonly blob: Uint8Array;
  /** Of a file that was read: when it was written. */
  readonly mtimeMs?: number;
}

const isAbsent = (error: unknown) => systemCode(error) === 'ENOENT';

/** Rejects with `failed` where it is there and cannot be read. */
export async function readKeyFile(path: string): Promise<KeyFile | undefined> {
  try {
    const file = await open(path, 'r');
    try {
      const { mtimeMs } = await file.stat();
      const bytes = Buffer.alloc(MAX_BLOB);
      let length = 0;
      for (let read = -1; read !== 0 && length < MAX_BLOB; length += read)
        read = (await file.read(bytes, length, MAX_BLOB - length, length)).bytesRead;
      return { path, blob: Uint8Array.from(bytes.subarray(0, length)), mtimeMs };
    } finally {
      await file.close();
    }
  } catch (cause) {
    if (isAbsent(cause)) return undefined;
    throw new SealingError('failed', `The sealed key ${path} cannot be read.`, { cause });
  }
}

/** What follows the path: of a key, and of half a write of one. */
const ROTATION = /^(\.[0-9a-f]{16}){1,2}(\.tmp)?$/;
/** Of half a write of a handover. The handover itself is none of a rotation's. */
const HALF_HANDOVER = /^\.next\.[0-9a-f]{16}\.tmp$/;

/** A name for a key of a rotation, which nothing has. */
export const rotationPath = (path: string): string => `${path}.${randomBytes(8).toString('hex')}`;

/** Keys of rotations beside `path`, newest first, and what an end in the middle of a write has left. */
export async function rotationFiles(path: string): Promise<KeyFile[]> {
  try {
    const found: KeyFile[] = [];
    for (const entry of await readdir(dirname(path), { withFileTypes: true })) {
      const [start, end] = [basename(path), entry.name.slice(basename(path).length)];
      if (
        !entry.isFile() ||
        !entry.name.startsWith(start) ||
        !(ROTATION.test(end) || HALF_HANDOVER.test(end))
      )
        continue;
      const file = await readKeyFile(join(dirname(path), entry.name));
      if (file) found.push(file);
    }
    return found.sort((a, b) => (b.mtimeMs ?? 0) - (a.mtimeMs ?? 0));
  } catch (cause) {
    if (cause instanceof SealingError) throw cause;
    if (isAbsent(cause)) return [];
    throw new SealingError('failed', `The folder of ${path} cannot be read.`, { cause });
  }
}

/** Durable when it resolves, and whole or not there at all. Takes the place of what has that name. */
export async function writeWhole(path: string, bytes: Uint8Array): Promise<void> {
  const temporary = `${rotationPath(path)}.tmp`;
  try {
    const file = await open(temporary, 'wx', 0o600);
    try {
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
    await syncFolder(path);
  } catch (cause) {
    await unlink(temporary).catch(() => undefined);
    throw new SealingError('failed', `The sealed key ${path} cannot be written.`, { cause });
  }
}

/** Those that hold what they held when they were read: another process may have handed over another key since. */
export async function removeUnchanged(files: readonly KeyFile[]): Promise<void> {
  for (const { path, blob } of files) {
    try {
      const now = await readKeyFile(path);
      if (now && Buffer.compare(now.blob, blob) === 0) await unlink(path);
    } catch (cause) {
      if (isAbsent(cause)) continue;
      throw new SealingError(
        'failed',
        `The sealed key ${path} is not needed any more, and cannot be removed.`,
        {
          cause,
        },
      );
    }
  }
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(dirname(path), 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
