/** Entries as the audit log holds them. */
import { limits } from '../../limits.ts';
import type { AuditEntry, AuditLine } from '../../ports.ts';

export const AUDIT_LOG = 'audit';
const MAX_MESSAGE = limits.auditMessage.value;

/** Strangers' words are in some messages. */
const bounded = (entry: AuditEntry): AuditEntry =>
  entry.message.length <= MAX_MESSAGE
    ? entry
    : { ...entry, message: `${entry.message.slice(0, MAX_MESSAGE - 1)}…` };

/** The log and what to append to it, in the commit that the entries belong to. At most `auditBatch` entries. */
export const auditAppend = (entries: readonly AuditEntry[]): readonly [log: string, value: Uint8Array] => [
  AUDIT_LOG,
  Buffer.from(JSON.stringify(entries.map(bounded))),
];

export const decodeEntries = (value: Uint8Array): AuditEntry[] =>
  // What `auditAppend` has written; the store vouches for its bytes.
  JSON.parse(Buffer.from(value).toString()) as AuditEntry[];

/** What whoever starts and stops the platform does, and what it does by itself. `now`: ms since the epoch. */
export const operatorEntry = (message: string, now: number, result = true): AuditEntry => ({
  microsecond: now * 1000,
  address: '',
  user: 'operator',
  message,
  result,
});

/** The same, of what has no commit of its own. */
export const operatorLine = (message: string, now: number): AuditLine => ({
  entry: operatorEntry(message, now),
  from: 'caller',
  kind: `operator ${message}`,
});
