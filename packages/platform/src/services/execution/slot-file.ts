/** A file of a lease. */
import type { MessageShape } from '@bufbuild/protobuf';
import { type FileKey, FilesError } from '@gaiwan/files';
import type { worker as wire } from '@gaiwan/protocol';
import { TaskFault } from './fault.ts';

export type Lease = MessageShape<typeof wire.LeaseSchema>;
export type StagedFile = MessageShape<typeof wire.StagedFileSchema>;

export function keyOf({ crypto }: StagedFile): FileKey {
  if (!crypto) throw new TaskFault('The lease has no key for a file.');
  return {
    scheme: crypto.schema as FileKey['scheme'],
    key: crypto.key,
    ...(crypto.iv.length > 0 ? { iv: crypto.iv } : {}),
  };
}

/** Says which slot it was. */
export function inSlot(kind: string, { slot }: StagedFile, error: unknown): Error {
  if (error instanceof FilesError || error instanceof TaskFault) {
    return new TaskFault(`${kind} "${slot}": ${error.message}`, { cause: error });
  }
  return error instanceof Error ? error : new Error(String(error));
}
