/** Outputs of a task: encrypted and stored. */
import { createHash } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { readStaged, type Staged } from '@gaiwan/executors';
import { encrypt } from '@gaiwan/files';
import { PendingFile, readChunks } from '@gaiwan/files/node';
import { stagedDigest } from './digests.ts';
import { TaskFault } from './fault.ts';
import type { PlatformFiles } from './platform-files.ts';
import { keyOf, type Lease, type StagedFile } from './slot-file.ts';
import { putUrl } from './web.ts';

/** Asks for the durable right to encrypt this content under the output's key and IV. */
export type AskIntent = (dataId: string, contentSha256: Uint8Array) => Promise<boolean>;

/** Returns the tag. */
export async function storeOutput(
  file: StagedFile,
  staged: Staged,
  lease: Lease,
  files: PlatformFiles,
  intent: AskIntent,
  folder: string,
  signal: AbortSignal,
): Promise<Uint8Array> {
  const key = keyOf(file);
  if (key.scheme !== 'teaclave-file-128') {
    if (!(await intent(file.dataId, await stagedDigest(staged, signal)))) {
      throw new TaskFault(
        'another content was already encrypted under its key and IV: register an output with a fresh IV',
      );
    }
  }
  const path = join(folder, `out-${createHash('sha256').update(file.slot).digest('hex').slice(0, 16)}`);
  const sealed = await PendingFile.create(path, folder);
  let encrypted: Awaited<ReturnType<typeof encrypt>>;
  try {
    encrypted = await encrypt(readStaged(staged), sealed, { key, name: file.name });
    await sealed.release();
  } catch (error) {
    await sealed.discard();
    throw error;
  }
  const { tag, size } = encrypted;
  if (file.url.startsWith('blob:'))
    await files.put(file.url, file.capability, size, readChunks(path), signal);
  else await putUrl(file.url, size, readChunks(path), lease.allowedOrigins, signal);
  await rm(path, { force: true });
  return tag;
}
