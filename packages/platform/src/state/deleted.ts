/** What is left of things that were deleted. */
import { randomBytes } from 'node:crypto';
import { nameOf, SALT_BYTES, type Subject } from '@gaiwan/protocol';
import { type DeletedRecord, keys } from '../domain/records.ts';
import { sha256Hex } from '../domain/sha256.ts';
import { type PlatformError, refuse } from '../errors.ts';
import type { Reader } from './reader.ts';
import type { Transaction } from './transaction.ts';

/** Whose deletion it is, and why. */
export type Deletion = Pick<DeletedRecord, 'by' | 'reason'>;

export const RETENTION: Deletion = { reason: 'retention' };

/** By the digest alone nobody can tell what was hashed, however few possibilities there are. `digest`: hex. */
export function saltedDigest(bytes: Uint8Array): { readonly digest: string; readonly salt: Uint8Array } {
  const salt = new Uint8Array(randomBytes(SALT_BYTES));
  return { digest: sha256Hex(Buffer.concat([salt, bytes])), salt };
}

export function noteDeleted(
  tx: Pick<Transaction, 'now' | 'put'>,
  what: Omit<DeletedRecord, 'at'>,
): DeletedRecord {
  const record: DeletedRecord = { ...what, at: tx.now() };
  tx.put(keys.deleted(record.id), record);
  return record;
}

/** Undefined where it was not deleted, or was none of the viewer's. */
export async function findDeleted(
  from: Reader,
  id: string,
  viewer: Subject,
): Promise<DeletedRecord | undefined> {
  const record = await from.read<DeletedRecord>(keys.deleted(id));
  return record?.seenBy.includes(viewer) === true ? record : undefined;
}

export function refuseDeleted(
  code: 'data-deleted' | 'task-deleted',
  { id, at, by, digest, salt, tag, manifest }: DeletedRecord,
): PlatformError {
  const why = by === undefined ? 'the operator keeps such things no longer' : `${nameOf(by)} deleted it`;
  const marks = [
    `SHA-256 ${digest}`,
    ...(salt === undefined ? [] : [`salt ${Buffer.from(salt).toString('hex')}`]),
    ...(tag === undefined ? [] : [`tag ${tag}`]),
    ...(manifest === undefined ? [] : [`manifest ${manifest}`]),
  ];
  return refuse(code, `${id} is gone since ${new Date(at).toISOString()}: ${why}. ${marks.join(', ')}.`);
}
