import { FilesError } from '@gaiwan/files';
import { TaskFault } from './task-fault.ts';

/** Says which slot it was. */
export function inSlot(kind: 'input' | 'output', { slot }: { readonly slot: string }, error: unknown): Error {
  const sentence = (cause: Error) => `${kind} "${slot}": ${cause.message}`;
  if (error instanceof TaskFault) return new TaskFault(error.code, sentence(error), { cause: error });
  if (error instanceof FilesError) return new TaskFault('bad-file', sentence(error), { cause: error });
  return error instanceof Error ? error : new Error(String(error));
}
