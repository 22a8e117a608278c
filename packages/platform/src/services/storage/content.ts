/** The content of blobs on the disk. What is not there, or not whole, is `blob-missing`, never an empty file. */
import { constants, type FileHandle, open, stat } from 'node:fs/promises';
import { systemCode } from '@gaiwan/errors';
import { PlatformError, refuse } from '../../errors.ts';

export const missingBlob = (cause?: unknown) =>
  refuse('blob-missing', 'The file that the platform keeps is gone from its disk, or not whole.', { cause });

/** @throws PlatformError `blob-missing` (rejects) where there is no such file */
export async function sizeOfFile(path: string): Promise<number> {
  try {
    const found = await stat(path);
    if (found.isFile()) return found.size;
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw error;
    throw missingBlob(error);
  }
  throw missingBlob();
}

/** Whether there is a file of `size` bytes. */
export async function isWhole(path: string, size: number): Promise<boolean> {
  try {
    return (await sizeOfFile(path)) === size;
  } catch (error) {
    if (error instanceof PlatformError && error.code === 'blob-missing') return false;
    throw error;
  }
}

/** @throws PlatformError `blob-missing` (rejects) unless the file has `size` bytes */
export async function requireWhole(path: string, size: number): Promise<void> {
  if (!(await isWhole(path, size))) throw missingBlob();
}

/**
 * A file of `size` bytes, open for reading.
 *
 * @throws PlatformError `blob-missing` (rejects) where there is none
 */
export async function openWhole(path: string, size: number): Promise<FileHandle> {
  let file: FileHandle;
  try {
    file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  } catch (error) {
    const code = systemCode(error);
    if (code !== 'ENOENT' && code !== 'ELOOP') throw error;
    throw missingBlob(error);
  }
  try {
    const found = await file.stat();
    if (!found.isFile() || found.size !== size) throw missingBlob();
    return file;
  } catch (error) {
    await file.close();
    throw error;
  }
}
