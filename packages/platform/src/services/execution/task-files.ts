/** Where a task's files are: blobs of the platform, allowed origins of the Web, the URL itself. */
import type { StagingMemory } from '@gaiwan/executors';
import type { ApprovedFile } from './approved-files.ts';
import type { Upload } from './exchange.ts';
import type { PlatformFiles } from './platform-files.ts';
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

  async fetch({ url, capability }: ApprovedFile, signal: AbortSignal) {
    if (url.startsWith('blob:')) return this.#blobs.get(url, capability, signal);
    if (url.startsWith('data:')) return [Buffer.from(url.slice(url.indexOf(',') + 1), 'base64')];
    return fetchUrl(url, this.#allowedOrigins, signal);
  }

  async put({ url, capability }: ApprovedFile, upload: Upload): Promise<void> {
    if (url.startsWith('blob:')) await this.#blobs.put(url, capability, upload);
    else await putUrl(url, this.#allowedOrigins, upload);
  }
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
