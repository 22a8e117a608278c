/** Files as streams: hand-written loops with big buffers, which are twice as fast as stream pipelines. */

import { randomBytes } from 'node:crypto';
import { constants, rmSync } from 'node:fs';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { systemCode } from '@gaiwan/errors';
import { FilesError } from '../errors.ts';
import type { RandomAccessSink } from '../scheme.ts';
import { isStandardInput, type Target, targetOf } from './target.ts';

const CHUNK = 1 << 20;

/** Chunks of a file, a pipe or a device or, for `-`, of standard input. A chunk is valid until the next one is asked for. */
export async function* readChunks(
  path: string,
  onProgress?: (bytes: number) => void,
): AsyncGenerator<Uint8Array> {
  let total = 0;
  if (isStandardInput(path)) {
    for await (const chunk of process.stdin) {
      // The types of Node do not say so: standard input without an encoding comes in buffers.
      const bytes: Uint8Array = chunk;
      total += bytes.length;
      onProgress?.(total);
      yield bytes;
    }
    return;
  }
  const file = await open(path, 'r').catch((error: unknown) => {
    throw ioError(error, `read ${path}`);
  });
  // The next chunk is read while whoever asked works on this one.
  const [one, other] = [new Uint8Array(CHUNK), new Uint8Array(CHUNK)];
  try {
    // What is no regular file has no positions: it is read from where it is.
    const positions = (await file.stat()).isFile();
    const read = (into: Uint8Array) => {
      const reading = file.read(into, 0, CHUNK, positions ? total : null);
      reading.catch(() => undefined); // It is looked at later, or never.
      return reading;
    };
    let reading = read(one);
    for (let [now, next] = [one, other]; ; [now, next] = [next, now]) {
      const { bytesRead } = await reading;
      if (bytesRead === 0) return;
      total += bytesRead;
      reading = read(next);
      onProgress?.(total);
      yield now.subarray(0, bytesRead);
    }
  } finally {
    await file.close();
  }
}

const pending = new Set<string>();

function forget(path: string): void {
  pending.delete(path);
  if (pending.size === 0) process.off('exit', removePending);
}

/** A process that ends in the middle (`process.exit`, Ctrl-C in a CLI, a crash) takes its pending files along. */
function removePending(): void {
  for (const path of pending) rmSync(path, { force: true });
}

/**
 * A private file (0600) that becomes `path` only by `release`: until then its content is nobody's business, and
 * `discard` leaves nothing behind. Where a link leads to a file, that file is replaced. `release` copies it to standard
 * output for `-`, and into what is there where that is a pipe or a device.
 */
export class PendingFile implements RandomAccessSink {
  readonly #path: string;
  readonly #temporary: string;
  readonly #file: FileHandle;
  #end = 0;

  private constructor(path: string, temporary: string, file: FileHandle) {
    this.#path = path;
    this.#temporary = temporary;
    this.#file = file;
  }

  /**
   * `folder`: where to keep it until it is released to what is no file.
   *
   * @throws {FilesError} `io`, also for a path where a folder, a block device, a socket or a link to nothing is; `disk-full`
   */
  static async create(path: string, folder: string): Promise<PendingFile> {
    const target = lookAt(path);
    const suffix = `.${randomBytes(6).toString('hex')}.partial`;
    const temporary =
      target.kind === 'file'
        ? join(dirname(target.path), `.${basename(target.path).slice(0, 200)}${suffix}`)
        : join(folder, `gaiwan${suffix}`);
    try {
      if (pending.size === 0) process.on('exit', removePending);
      pending.add(temporary);
      return new PendingFile(path, temporary, await open(temporary, 'wx+', 0o600));
    } catch (error) {
      forget(temporary);
      throw ioError(error, `write ${path}`);
    }
  }

  async write(bytes: Uint8Array, position: number): Promise<void> {
    try {
      for (let written = 0; written < bytes.length; ) {
        const { bytesWritten } = await this.#file.write(
          bytes,
          written,
          bytes.length - written,
          position + written,
        );
        written += bytesWritten;
      }
    } catch (error) {
      throw ioError(error, `write ${this.#path}`);
    }
    this.#end = Math.max(this.#end, position + bytes.length);
  }

  async append(bytes: Uint8Array): Promise<void> {
    await this.write(bytes, this.#end);
  }

  async release(): Promise<void> {
    // What is there now decides: since the beginning somebody may have put another thing there.
    const target = lookAt(this.#path);
    try {
      if (target.kind === 'file') await this.#replace(target.path);
      else await this.#copyTo(target);
    } catch (error) {
      throw ioError(error, `write ${this.#path}`);
    }
  }

  async #replace(path: string): Promise<void> {
    await this.#file.sync();
    await this.#file.close();
    await rename(this.#temporary, path);
    forget(this.#temporary);
  }

  async #copyTo(target: Exclude<Target, { kind: 'file' }>): Promise<void> {
    const { pipeline } = await import('node:stream/promises');
    const whole = this.#file.createReadStream({ start: 0, autoClose: false, highWaterMark: CHUNK });
    if (target.kind === 'standard-output') await pipeline(whole, process.stdout, { end: false });
    else {
      const stream = await open(target.path, constants.O_WRONLY);
      await pipeline(whole, stream.createWriteStream());
    }
    await this.discard();
  }

  async discard(): Promise<void> {
    await this.#file.close().catch(() => undefined);
    await rm(this.#temporary, { force: true });
    forget(this.#temporary);
  }
}

function lookAt(path: string): Target {
  try {
    return targetOf(path);
  } catch (error) {
    throw ioError(error, `write ${path}`);
  }
}

function ioError(error: unknown, action: string): FilesError {
  if (error instanceof FilesError) return error;
  const code = systemCode(error) ?? '';
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new FilesError(
      'disk-full',
      `Cannot ${action}: the disk is full. Nothing was left behind; make room and try again.`,
      {
        cause: error,
      },
    );
  }
  return new FilesError('io', `Cannot ${action} (${code || String(error)}).`, { cause: error });
}
