/** Inputs of a task: fetched, decrypted and checked. */
import { dictionary } from '@gaiwan/errors';
import { type Staged, Stager } from '@gaiwan/executors';
import { type Bytes, decryptPrivately, FilesError } from '@gaiwan/files';
import { storedName } from '../../domain/data.ts';
import type { ApprovedInput } from './approved-files.ts';
import { inSlot } from './slot-faults.ts';
import type { Place } from './task-files.ts';

export interface Inputs {
  readonly staged: Readonly<Record<string, Staged>>;
  /** teaclave-file-128 is checked when a function opens it: a bad one that nobody opens does no harm. */
  readonly late?: Error;
}

/** Rejects with what went wrong in a slot. */
export async function stageInputs(
  inputs: readonly ApprovedInput[],
  { files, folder, signal }: Place,
): Promise<Inputs> {
  const staged: [string, Staged][] = [];
  let late: Error | undefined;
  for (const file of inputs) {
    try {
      staged.push([file.slot, await stageInput(file, await files.fetch(file, signal), folder)]);
    } catch (error) {
      const fault = inSlot('input', file, error);
      const opened = file.encrypted?.key.scheme === 'teaclave-file-128' && error instanceof FilesError;
      if (!opened) throw fault;
      late ??= fault;
    }
  }
  return { staged: dictionary(staged), ...(late && { late }) };
}

/** Released to the function only when all of it is authentic under the approved tag. */
async function stageInput({ url, encrypted }: ApprovedInput, source: Bytes, folder: string): Promise<Staged> {
  const stager = new Stager(folder);
  try {
    if (encrypted) {
      const name = url.startsWith('data:') ? '' : storedName(url);
      const options = { ...encrypted, ...(name !== '' && { name }) };
      await decryptPrivately(source, (plaintext) => stager.write(plaintext), options);
    } else {
      for await (const chunk of source) stager.write(chunk);
    }
    return stager.finish();
  } catch (error) {
    stager.abort();
    throw error;
  }
}
