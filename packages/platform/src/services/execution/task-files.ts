/** Where a task's files are: blobs of the platform, allowed origins of the Web, the URL itself. */
import { createHash } from 'node:crypto';
import type { StagingMemory } from '@gaiwan/executors';
import { contentDigest } from '@gaiwan/protocol';
import { blobOfFile } from '../../domain/data.ts';
import type { ApprovedFile } from './approved-files.ts';
import type { Upload } from './exchange.ts';
import type { PlatformFiles } from './platform-files.ts';
import { TaskFault } from './task-fault.ts';
import { fetchUrl, putUrl } from './web.ts';

export interface TaskFiles {
  /** The bytes as they are kept: ciphertext, unless the file is `raw`. Rejects with `TaskFault`. */
  fetch(file: ApprovedFile, signal: AbortSignal): Promise<AsyncIterable<Uint8Array> | Iterable<Uint8Array>>;
  /** Rejects with `TaskFault`. */
  put(file: ApprovedFile, upload: Upload): Promise<void>;
}

export class RemoteFiles implements TaskFiles {
  readonly #blobs: PlatformFiles;
  readonly #allowedOrigins: readonly string[];

  constructor(blobs: PlatformFiles, allowedOrigins: readonly string[]) {
    this.#blobs = blobs;
    this.#allowedOrigins = allowedOrigins;
  }

  async fetch({ id, url, capability }: ApprovedFile, signal: AbortSignal) {
    const blob = blobOfFile({ id, url });
    if (blob === undefined) return fetchUrl(url, this.#allowedOrigins, signal);
    const source = await this.#blobs.get(blob, capability, signal);
    const digest = contentDigest(url);
    return digest === undefined ? source : checked(source, digest);
  }

  async put({ url, capability }: ApprovedFile, upload: Upload): Promise<void> {
    if (url.startsWith('blob:')) await this.#blobs.put(url, capability, upload);
    else await putUrl(url, this.#allowedOrigins, upload);
  }
}

/** Nobody uses what comes before the end: it is staged. Rejects with `TaskFault` at the end of other content than was approved. */
async function* checked(source: AsyncIterable<Uint8Array>, digest: string): AsyncGenerator<Uint8Array> {
  const hash = createHash('sha256');
  for await (const chunk of source) {
    hash.update(chunk);
    yield chunk;
  }
  if (hash.digest('hex') !== digest)
    throw new TaskFault('bad-file', 'its content is not what was approved: the platform gave other bytes.');
}

/** An attempt's own surroundings. */
export interface Place {
  readonly files: TaskFiles;
  /** The attempt's, for spool files. */
  readonly folder: string;
  /** For plaintext, before the disk. */
  readonly memory: StagingMemory;
  readonly signal: AbortSignal;
}
