/** What goes wrong with a file, said of its slot. */
import { systemCode } from '@gaiwan/errors';
import { ExecutorError } from '@gaiwan/executors';
import { FilesError } from '@gaiwan/files';
import type { ApprovedFile, ApprovedInput } from './approved-files.ts';
import { TaskFault } from './task-fault.ts';

/** An input that was approved and is not there, not whole or not authentic. */
export class InputFault extends TaskFault {
  readonly slot: string;

  constructor({ slot, id, owners }: ApprovedInput, cause: TaskFault) {
    const whose = owners.length === 0 ? '' : ` of ${owners.join(', ')}`;
    super(cause.code, `input "${slot}" (${id}${whose}): ${cause.message}`, { cause });
    this.slot = slot;
  }
}

/** As an `InputFault`, unless the attempt was ended from outside, or cannot go on for a reason of its own. */
export function inputFault(file: ApprovedInput, error: unknown, { aborted }: AbortSignal): Error {
  const fault = aborted ? undefined : faultOf(error);
  return fault ? new InputFault(file, fault) : asError(error);
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
