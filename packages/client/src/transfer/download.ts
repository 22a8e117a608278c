/** A download that is decrypted on its way into a private file, which becomes the result once all is authentic. */
import { timingSafeEqual } from 'node:crypto';
import { tmpdir } from 'node:os';
import { decryptPrivately, type FileKey, FilesError } from '@gaiwan/files';
import { PendingFile } from '@gaiwan/files/node';
import { GaiwanError } from '../errors.ts';
import type { Secret } from '../secret.ts';
import type { Bulk } from './bulk.ts';

const ATTEMPTS = 4;

export interface DownloadGrant {
  readonly path: string;
  readonly capability: Secret;
  /** Bytes of ciphertext. */
  readonly size: number;
  /** The tag that the platform has on record; empty where nothing was written yet. */
  readonly tag: Uint8Array;
  readonly name: string;
  readonly schema: string;
}

export interface DownloadOptions {
  /** The tag that the file must have, e.g. of the task's result. The platform's record is checked in any case. */
  readonly tag?: Uint8Array;
  /** Gets bytes of ciphertext. */
  readonly onProgress?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

export interface Downloaded {
  readonly tag: Uint8Array;
  readonly plaintextSize: number;
  readonly name: string;
}

/** `grant` makes a fresh capability. Rejects with `GaiwanError` or `FilesError`, and then leaves nothing at `path`. */
export async function downloadFile(
  bulk: Bulk,
  grant: () => Promise<DownloadGrant>,
  path: string,
  key: FileKey,
  options: DownloadOptions & { readonly signal: AbortSignal },
): Promise<Downloaded> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await once(bulk, await grant(), path, key, options);
    } catch (error) {
      const broken = error instanceof GaiwanError && error.code === 'connection-lost';
      if (!broken || attempt === ATTEMPTS || options.signal.aborted) throw error;
    }
  }
}

async function once(
  bulk: Bulk,
  grant: DownloadGrant,
  path: string,
  key: FileKey,
  { tag, onProgress, signal }: DownloadOptions & { readonly signal: AbortSignal },
): Promise<Downloaded> {
  if (grant.tag.length === 0) {
    throw new GaiwanError(
      'nothing-written',
      `Nothing has been written to ${grant.name} yet: wait for the task's end.`,
    );
  }
  if (grant.schema !== key.scheme) {
    throw new GaiwanError(
      'wrong-scheme',
      `The file is encrypted with ${grant.schema}, the key is for ${key.scheme}.`,
    );
  }
  if (tag && (tag.length !== grant.tag.length || !timingSafeEqual(tag, grant.tag))) {
    const [want, has] = [tag, grant.tag].map((bytes) => Buffer.from(bytes).toString('hex'));
    throw new FilesError(
      'tag-mismatch',
      `The file should have the tag ${want}, but the platform says it has ${has}.`,
    );
  }
  const file = await PendingFile.create(path, tmpdir());
  try {
    const body = await bulk.get(grant.path, grant.capability.reveal(), signal);
    const settings = { key, name: grant.name, tag: grant.tag };
    const chunks = counted(body, (done) => onProgress?.(done, grant.size));
    const { plaintextSize } = await decryptPrivately(chunks, (plaintext) => file.append(plaintext), settings);
    await file.release();
    return { tag: grant.tag, plaintextSize, name: grant.name };
  } catch (error) {
    await file.discard();
    throw error;
  }
}

async function* counted(chunks: AsyncIterable<Uint8Array>, count: (bytes: number) => void) {
  let done = 0;
  for await (const chunk of chunks) {
    done += chunk.length;
    count(done);
    yield chunk;
  }
}
