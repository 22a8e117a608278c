/** The log of what may be deleted one day. */
import { DUE_LOG, type DueEntry } from '../domain/records.ts';

/** The log and what to append to it. */
export const dueAppend = (entry: DueEntry): readonly [log: string, value: Uint8Array] => [
  DUE_LOG,
  Buffer.from(JSON.stringify(entry)),
];

export const decodeDue = (value: Uint8Array): DueEntry =>
  // Only `dueAppend` writes this log.
  JSON.parse(Buffer.from(value).toString()) as DueEntry;
