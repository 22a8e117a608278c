/** Writing what a request brings. */
import type { FileHandle } from 'node:fs/promises';
import { systemCode } from '@gaiwan/errors';
import { StoreError } from '@gaiwan/store';
import { PlatformError } from '../../errors.ts';
import { Sweeper } from './garbage.ts';

const BLOCK = 1 << 20;

export function isDiskFull(error: unknown): boolean {
  if (error instanceof PlatformError) return error.code === 'disk-full';
  const code = systemCode(error);
  return code === 'ENOSPC' || code === 'EDQUOT';
}

/**
 * What was written is on the disk when it resolves. After a failed fsync nobody knows what is there, and asking again may wrongly succeed:
 * `sync-failed` ends the process.
 */
export async function syncHandle(file: Pick<FileHandle, 'sync'>): Promise<void> {
  try {
    await file.sync();
  } catch (cause) {
    if (isDiskFull(cause)) throw cause;
    throw new StoreError('sync-failed', 'the disk failed to confirm a write of a file', { cause });
  }
}

/** A disk that gets full takes a part, and complains only the next time. */
const partTaken = () => Object.assign(new Error('the disk took only a part'), { code: 'ENOSPC' });

export interface BodyBounds {
  readonly start: number;
  readonly limit: number;
  /** Rejects with `PlatformError` `disk-full` where there is no room for so many bytes more. */
  readonly takeRoom: (bytes: number) => Promise<Disposable>;
}

/**
 * Writes a request's body at `start`, and syncs; returns where it ends. What arrived before a connection broke stays, for the
 * upload to be resumed; what goes beyond `limit`, or meets a full disk, is cut off again. Undefined: beyond the limit.
 */
export async function writeBody(
  file: FileHandle,
  chunks: AsyncIterable<Uint8Array>,
  { start, limit, takeRoom }: BodyBounds,
): Promise<number | undefined> {
  let end = start;
  let pending: Uint8Array[] = [];
  let size = 0;
  const sweeper = new Sweeper();
  const flush = async () => {
    if (size === 0) return;
    using _room = await takeRoom(size);
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
    await syncHandle(file);
    return end;
  } catch (error) {
    if (isDiskFull(error)) {
      await file.truncate(start);
    } else if (!(error instanceof StoreError)) {
      await flush();
      await syncHandle(file);
    }
    throw error;
  }
}
