/** Outputs of a task: encrypted and stored. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { requireRoom, type Staged, untilAborted } from '@gaiwan/executors';
import { ciphertextSize, type Encrypted, encrypt } from '@gaiwan/files';
import { PendingFile, readChunks } from '@gaiwan/files/node';
import { storedName } from '../../domain/data.ts';
import { sha256Hex } from '../../domain/sha256.ts';
import type { ApprovedOutput } from './approved-files.ts';
import { readInTurns, stagedDigest } from './digests.ts';
import { onOwnDisk } from './slot-faults.ts';
import { TaskFault } from './task-fault.ts';
import type { Place } from './task-files.ts';

async function* ownChunks(path: string): AsyncGenerator<Uint8Array> {
  try {
    yield* readChunks(path);
  } catch (error) {
    await onOwnDisk(Promise.reject(error));
  }
}

/** Asks for the durable right to encrypt this content under the output's key and IV. */
export type AskIntent = (dataId: string, contentSha256: Uint8Array) => Promise<boolean>;

/** Returns the tag. Rejects with what went wrong. */
export async function storeOutput(
  file: ApprovedOutput,
  staged: Staged,
  intent: AskIntent,
  { files, folder, signal }: Place,
): Promise<Uint8Array> {
  const { key, id, slot, url } = file;
  const fixed = key.scheme !== 'teaclave-file-128';
  if (fixed && !(await untilAborted(intent(id, await stagedDigest(staged, signal)), signal))) {
    throw new TaskFault(
      'iv-used',
      'another content was already encrypted under its key and IV: register an output with a fresh IV',
    );
  }
  requireRoom(folder, ciphertextSize(key.scheme, staged.size));
  const path = join(folder, `out-${sha256Hex(slot).slice(0, 16)}`);
  const sealed = await onOwnDisk(PendingFile.create(path, folder));
  let encrypted: Encrypted;
  try {
    const plaintext = readInTurns(staged, signal);
    encrypted = await onOwnDisk(encrypt(plaintext, sealed, { key, name: storedName(url) }));
    await onOwnDisk(sealed.release());
  } catch (error) {
    await sealed.discard();
    throw error;
  }
  await files.put(file, { size: encrypted.size, body: ownChunks(path), signal });
  await rm(path, { force: true });
  return encrypted.tag;
}
