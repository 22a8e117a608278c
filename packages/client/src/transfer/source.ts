/** What is uploaded: it must be readable again from any offset, so that an upload can go on where it broke. */

import { createReadStream, rmSync } from 'node:fs';
import { mkdtemp, open, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemCode } from '@gaiwan/errors';
import { GaiwanError } from '../errors.ts';

const CHUNK = 1 << 20;

export interface UploadSource {
  /** Bytes in all. */
  readonly size: number;
  /** The bytes from an offset on. A chunk may be reused once the next is asked for. */
  open(offset: number): AsyncIterable<Uint8Array>;
}

export async function fileSource(path: string): Promise<UploadSource> {
  try {
    const { size } = await stat(path);
    return { size, open: (offset) => readFrom(path, offset) };
  } catch (error) {
    throw cannotRead(path, error);
  }
}

async function* readFrom(path: string, offset: number): AsyncGenerator<Uint8Array> {
  const file = await open(path, 'r').catch((error: unknown) => {
    throw cannotRead(path, error);
  });
  try {
    const buffer = new Uint8Array(CHUNK);
    for (let position = offset; ; ) {
      const { bytesRead } = await file.read(buffer, 0, CHUNK, position);
      if (bytesRead === 0) return;
      position += bytesRead;
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    await file.close();
  }
}

/** For what has no offsets: a pipe, a device. */
async function* readOnce(path: string): AsyncGenerator<Uint8Array> {
  try {
    yield* createReadStream(path);
  } catch (error) {
    throw cannotRead(path, error);
  }
}

/** Gives a private folder to an action and removes it afterwards, also when the process exits in between. */
export async function withPrivateFolder<T>(action: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'gaiwan-'));
  const atExit = () => rmSync(folder, { recursive: true, force: true });
  process.once('exit', atExit);
  try {
    return await action(folder);
  } finally {
    process.off('exit', atExit);
    await rm(folder, { recursive: true, force: true });
  }
}

/** A stream, and a pipe or a device at a path, can be read once only: it is kept in a private file for the time of the upload. */
export async function withSource<T>(
  source: string | UploadSource | AsyncIterable<Uint8Array>,
  action: (source: UploadSource) => Promise<T>,
): Promise<T> {
  if (typeof source === 'string') {
    if (await isRegularFile(source)) return action(await fileSource(source));
    return withCopy(readOnce(source), action);
  }
  if ('open' in source && 'size' in source) return action(source);
  return withCopy(source, action);
}

async function withCopy<T>(
  source: AsyncIterable<Uint8Array>,
  action: (source: UploadSource) => Promise<T>,
): Promise<T> {
  return withPrivateFolder(async (folder) => {
    const path = join(folder, 'upload');
    await writeFile(path, source, { mode: 0o600 });
    return action(await fileSource(path));
  });
}

async function isRegularFile(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isFile();
  } catch (error) {
    throw cannotRead(path, error);
  }
}

function cannotRead(path: string, cause: unknown): GaiwanError {
  const why = systemCode(cause) ?? String(cause);
  return new GaiwanError('io', `Cannot read ${path} (${why}).`, { cause });
}
