/** Writing what a request brings. */
import type { FileHandle } from 'node:fs/promises';
import { systemCode } from '@gaiwan/errors';
import { Sweeper } from './garbage.ts';

const BLOCK = 1 << 20;

export function isDiskFull(error: unknown): boolean {
  const code = systemCode(error);
  return code === 'ENOSPC' || code === 'EDQUOT';
}

/** A disk that gets full takes a part, and complains only the next time. */
const partTaken = () => Object.assign(new Error('the disk took only a part'), { code: 'ENOSPC' });

/**
 * Writes a request's body at `start`, and syncs; returns where it ends. What arrived before a connection broke stays, for the
 * upload to be resumed; what goes beyond `limit`, or meets a full disk, is cut off again. Undefined: beyond the limit.
 */
export async function writeBody(
  file: FileHandle,
  chunks: AsyncIterable<Uint8Array>,
  start: number,
  limit: number,
): Promise<number | undefined> {
  let end = start;
  let pending: Uint8Array[] = [];
  let size = 0;
  const sweeper = new Sweeper();
  const flush = async () => {
    if (size === 0) return;
    const { bytesWritten } = await file.writev(pending, end);
    if (bytesWritten !== size) throw partTaken();
    end += size;
    sweeper.count(size);
    pending = [];
    size = 0;
  };
  try {
    for await (const chunk of chunks) {
      pending.push(chunk);
      size += chunk.length;
      if (end + size > limit) {
        await file.truncate(start);
        return undefined;
      }
      if (size >= BLOCK) await flush();
    }
    await flush();
    await file.sync();
    return end;
  } catch (error) {
    if (isDiskFull(error)) {
      await file.truncate(start);
    } else {
      await flush();
      await file.sync();
    }
    throw error;
  }
}
