/** A download that is decrypted on its way into a private file, which becomes the result once all is authentic. */
import { timingSafeEqual } from 'node:crypto';
import { tmpdir } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { decryptPrivately, type FileKey, FilesError } from '@gaiwan/files';
import { PendingFile } from '@gaiwan/files/node';
import { GaiwanError } from '../errors.ts';
import { limits } from '../limits.ts';
import type { Secret } from '../secret.ts';
import type { Bulk } from './bulk.ts';

/** In a row that bring nothing forward. */
const ATTEMPTS = limits.downloadAttempts.value;
const PAUSE_MS = limits.downloadPause.value;
/** What another attempt may cure. */
const PASSING: ReadonlySet<string> = new Set(['connection-lost', 'too-many-calls', 'too-much-in-flight']);

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

export interface Download extends DownloadOptions {
  /** Makes a capability: the first one, and another for each connection that breaks. */
  readonly grant: () => Promise<DownloadGrant>;
  /** Where the plaintext goes to; `-`: standard output. */
  readonly path: string;
  readonly key: FileKey;
  readonly signal: AbortSignal;
}

/** Rejects with `GaiwanError` or `FilesError`, and then leaves nothing at `path`. */
export async function downloadFile(bulk: Bulk, download: Download): Promise<Downloaded> {
  const { path, key, tag } = download;
  const grant = await download.grant();
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
    const settings = { key, name: grant.name, tag: grant.tag };
    const chunks = readCiphertext(bulk, grant, download);
    const { plaintextSize } = await decryptPrivately(chunks, (plaintext) => file.append(plaintext), settings);
    await file.release();
    return { tag: grant.tag, plaintextSize, name: grant.name };
  } catch (error) {
    await file.discard();
    throw error;
  }
}

/** The ciphertext, taken up again where a connection broke. Whether it is still the same file, its tag will tell. */
async function* readCiphertext(
  bulk: Bulk,
  first: DownloadGrant,
  { grant: renewGrant, signal, onProgress }: Download,
): AsyncGenerator<Uint8Array> {
  let grant = first;
  let done = 0;
  for (let fruitless = 0; done < first.size; ) {
    const from = done;
    try {
      for await (const chunk of await bulk.get(grant.path, grant.capability.reveal(), done, signal)) {
        done += chunk.length;
        onProgress?.(done, first.size);
        yield chunk;
      }
      return;
    } catch (error) {
      const passes = error instanceof GaiwanError && PASSING.has(error.code);
      fruitless = done > from ? 0 : fruitless + 1;
      if (!passes || signal.aborted || fruitless === ATTEMPTS) throw error;
    }
    await sleep(PAUSE_MS);
    grant = await renewGrant();
  }
}
