/** Inputs of a task: fetched, decrypted and checked. */
import { type Staged, Stager } from '@gaiwan/executors';
import { decryptPrivately, FilesError } from '@gaiwan/files';
import type { PlatformFiles } from './platform-files.ts';
import { inSlot, keyOf, type Lease, type StagedFile } from './slot-file.ts';
import { fetchUrl } from './web.ts';

export interface Inputs {
  readonly staged: Readonly<Record<string, Staged>>;
  /** teaclave-file-128 is checked when a function opens it: a bad one that nobody opens does no harm. */
  readonly late?: Error;
}

export async function stageInputs(
  lease: Lease,
  files: PlatformFiles,
  folder: string,
  signal: AbortSignal,
): Promise<Inputs> {
  const staged: Record<string, Staged> = {};
  let late: Error | undefined;
  for (const file of lease.inputs) {
    try {
      staged[file.slot] = await stageInput(file, await openInput(file, lease, files, signal), folder);
    } catch (error) {
      const fault = inSlot('input', file, error);
      if (file.crypto?.schema !== 'teaclave-file-128' || !(error instanceof FilesError)) throw fault;
      late ??= fault;
    }
  }
  return { staged, ...(late && { late }) };
}

async function openInput(
  file: StagedFile,
  lease: Lease,
  files: PlatformFiles,
  signal: AbortSignal,
): Promise<AsyncIterable<Uint8Array> | Iterable<Uint8Array>> {
  const { url, capability } = file;
  if (url.startsWith('blob:')) return files.get(url, capability, signal);
  if (url.startsWith('data:')) return [Buffer.from(url.slice(url.indexOf(',') + 1), 'base64')];
  return fetchUrl(url, lease.allowedOrigins, signal);
}

/** Released to the function only when all of it is authentic. */
async function stageInput(
  file: StagedFile,
  source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  folder: string,
): Promise<Staged> {
  const stager = new Stager(folder);
  try {
    if (file.crypto?.schema === 'raw') {
      for await (const chunk of source) stager.write(chunk);
    } else {
      const name = file.name === '' ? {} : { name: file.name };
      await decryptPrivately(source, (plaintext) => stager.write(plaintext), {
        key: keyOf(file),
        tag: file.cmac,
        ...name,
      });
    }
    return stager.finish();
  } catch (error) {
    stager.abort();
    throw error;
  }
}
