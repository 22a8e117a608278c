/** Inputs of a task: fetched, decrypted and checked. A function is run on all of them, or not at all. */
import { dictionary } from '@gaiwan/errors';
import { ExecutorError, type Staged, Stager } from '@gaiwan/executors';
import { type Bytes, decryptPrivately, FilesError } from '@gaiwan/files';
import { storedName } from '../../domain/data.ts';
import type { ApprovedInput } from './approved-files.ts';
import { ByData } from './same-data.ts';
import { inputFault } from './slot-faults.ts';
import { type InputFault, isInputFault, TaskFault } from './task-fault.ts';
import type { Place } from './task-files.ts';

export interface Inputs {
  readonly staged: Readonly<Record<string, Staged>>;
  /** What the function runs without: see `ApprovedInput.mayBeLeftOut`. */
  readonly leftOut: readonly InputFault[];
}

/**
 * `most`: bytes of all files as they are kept; one that fills several slots counts once. Rejects with `TaskFault`, of the input, where an
 * input is not there, not whole or not authentic, and with `ExecutorError` ('input-limit') beyond `most`.
 */
export async function stageInputs(
  inputs: readonly ApprovedInput[],
  place: Place,
  most: number,
): Promise<Inputs> {
  const staged: [string, Staged][] = [];
  const leftOut: InputFault[] = [];
  const known = new ByData<Staged>();
  const budget = { most, left: most };
  for (const file of inputs) {
    const found = known.get(file) ?? (await stageOrLeaveOut(file, place, budget));
    if (found instanceof TaskFault) {
      leftOut.push(found);
    } else {
      known.set(file, found);
      staged.push([file.slot, found]);
    }
  }
  return { staged: dictionary(staged), leftOut };
}

/** Of one task, for all its inputs. */
interface Budget {
  readonly most: number;
  left: number;
}

async function stageOrLeaveOut(
  file: ApprovedInput,
  place: Place,
  budget: Budget,
): Promise<Staged | InputFault> {
  const { files, signal } = place;
  try {
    return await stageInput(file, metered(await files.fetch(file, signal), file, budget), place);
  } catch (error) {
    const fault = inputFault(file, error, signal);
    const late = file.mayBeLeftOut && error instanceof FilesError && isInputFault(fault);
    if (!late) throw fault;
    return fault;
  }
}

/** Counted as they come: what a server announces, or a record says, nobody needs to believe. */
async function* metered(source: Bytes, { slot }: ApprovedInput, budget: Budget): AsyncGenerator<Uint8Array> {
  for await (const chunk of source) {
    budget.left -= chunk.length;
    if (budget.left < 0)
      throw new ExecutorError(
        'input-limit',
        `With "${slot}", the inputs have more than the ${budget.most} bytes that the task allows.`,
      );
    yield chunk;
  }
}

/** Released to the function only when all of it is authentic under the approved tag. */
async function stageInput(
  { url, encrypted }: ApprovedInput,
  source: Bytes,
  { folder, memory }: Place,
): Promise<Staged> {
  const stager = new Stager(folder, memory);
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
