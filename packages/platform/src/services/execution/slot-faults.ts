/** What goes wrong with a file, said of its slot. */
import { systemCode } from '@gaiwan/errors';
import { ExecutorError } from '@gaiwan/executors';
import { FilesError } from '@gaiwan/files';
import type { ApprovedFile, ApprovedInput } from './approved-files.ts';
import { TaskFault } from './task-fault.ts';

/** With the input's slot, data and owners, unless the attempt was ended from outside, or cannot go on for a reason of its own. */
export function inputFault(file: ApprovedInput, error: unknown, { aborted }: AbortSignal): Error {
  const fault = aborted ? undefined : faultOf(error);
  if (!fault) return asError(error);
  const { slot, id, owners } = file;
  const sentence = `input "${slot}" (${id} of ${owners.join(', ')}): ${fault.message}`;
  return new TaskFault(fault.code, sentence, { cause: error, input: slot });
}

export function outputFault({ slot }: Pick<ApprovedFile, 'slot'>, error: unknown): Error {
  const fault = faultOf(error);
  if (!fault) return asError(error);
  return new TaskFault(fault.code, `output "${slot}": ${fault.message}`, { cause: error });
}

const asError = (error: unknown): Error => (error instanceof Error ? error : new Error(String(error)));

/** Undefined where it is no matter of the file: the worker's own limits and disk. */
function faultOf(error: unknown): TaskFault | undefined {
  if (error instanceof TaskFault) return error;
  if (error instanceof ExecutorError) return undefined;
  if (error instanceof FilesError) return new TaskFault('bad-file', error.message, { cause: error });
  const code = systemCode(error);
  return code === undefined
    ? undefined
    : new TaskFault('transfer-broken', `the transfer broke (${code}).`, { cause: error });
}
