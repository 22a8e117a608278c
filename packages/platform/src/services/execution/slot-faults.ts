/** What goes wrong with a file, said of its slot. */
import { CodedError, systemCode } from '@gaiwan/errors';
import { ExecutorError, HostFault } from '@gaiwan/executors';
import { FilesError, type FilesErrorCode } from '@gaiwan/files';
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

/** Codes of `FilesError` that are about a disk, and name paths of it. */
const aboutDisk: ReadonlySet<FilesErrorCode> = new Set(['disk-full', 'io']);
const isAboutDisk = (error: unknown) => error instanceof FilesError && aboutDisk.has(error.code);

/** What goes wrong with the worker's own files is no matter of the task's. Rejects with `HostFault`, or what is none of the system's errors. */
export async function onOwnDisk<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (cause) {
    const isOurs = cause instanceof CodedError ? isAboutDisk(cause) : systemCode(cause) !== undefined;
    if (!(cause instanceof Error && isOurs)) throw cause;
    throw new HostFault('disk', cause.message, { cause });
  }
}

const asError = (error: unknown): Error => (error instanceof Error ? error : new Error(String(error)));

/** Undefined where it is no matter of the file: the worker's own limits and disk. */
function faultOf(error: unknown): TaskFault | undefined {
  if (error instanceof TaskFault) return error;
  if (error instanceof ExecutorError || error instanceof HostFault) return undefined;
  if (isAboutDisk(error)) return undefined;
  if (error instanceof FilesError) return new TaskFault('bad-file', error.message, { cause: error });
  const code = systemCode(error);
  return code === undefined
    ? undefined
    : new TaskFault('transfer-broken', `the transfer broke (${code}).`, { cause: error });
}
