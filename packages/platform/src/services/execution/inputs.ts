/** Inputs of a task: fetched, decrypted and checked. A function is run on all of them, or not at all. */
import { dictionary } from '@gaiwan/errors';
import { type Staged, Stager } from '@gaiwan/executors';
import { type Bytes, decryptPrivately, FilesError } from '@gaiwan/files';
import { storedName } from '../../domain/data.ts';
import type { ApprovedInput } from './approved-files.ts';
import { inputFault } from './slot-faults.ts';
import { type InputFault, isInputFault, TaskFault } from './task-fault.ts';
import type { Place } from './task-files.ts';

export interface Inputs {
  readonly staged: Readonly<Record<string, Staged>>;
  /** What the function runs without: see `ApprovedInput.mayBeLeftOut`. */
  readonly leftOut: readonly InputFault[];
}

/** Rejects with `TaskFault`, of the input, where an input is not there, not whole or not authentic. */
export async function stageInputs(inputs: readonly ApprovedInput[], place: Place): Promise<Inputs> {
  const staged: [string, Staged][] = [];
  const leftOut: InputFault[] = [];
  for (const file of inputs) {
    const found = await stageOrLeaveOut(file, place);
    if (found instanceof TaskFault) leftOut.push(found);
    else staged.push([file.slot, found]);
  }
  return { staged: dictionary(staged), leftOut };
}

async function stageOrLeaveOut(file: ApprovedInput, place: Place): Promise<Staged | InputFault> {
  const { files, folder, signal } = place;
  try {
    return await stageInput(file, await files.fetch(file, signal), folder);
  } catch (error) {
    const fault = inputFault(file, error, signal);
    const late = file.mayBeLeftOut && error instanceof FilesError && isInputFault(fault);
    if (!late) throw fault;
    return fault;
  }
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
