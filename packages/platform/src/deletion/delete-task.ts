/** Deleting tasks that have ended, and results alone. */
import { hasEnded, type Subject } from '@gaiwan/protocol';
import { encodeRecord, type HeldRecord, keys, type TaskRecord } from '../domain/index.ts';
import { type Deletion, noteDeleted, saltedDigest } from '../state/deleted.ts';
import type { Holdings } from '../state/holdings.ts';
import type { Transaction } from '../state/transaction.ts';
import { forgetLists } from '../tasks/task-lists.ts';

type Writes = Pick<Transaction, 'append' | 'delete' | 'now' | 'onEnd' | 'put' | 'read'>;

/** Whose word a deletion takes: where there is a result, everybody's who may read it. */
export const deletersOf = ({ creator, participants, outcome }: TaskRecord): readonly Subject[] =>
  outcome?.ok === true ? participants : [creator];

/** Of a task that has ended. What it wrote into outputs stays, and so does its place in the use of its function. Returns the digest (hex) that is left of it. */
export async function deleteTask(
  holdings: Holdings,
  tx: Writes,
  task: TaskRecord,
  why: Deletion,
): Promise<string> {
  const { id, participants, invoked: manifest } = task;
  const { digest, salt } = saltedDigest(encodeRecord(task));
  tx.delete(keys.task(id));
  tx.delete(keys.deletion(id));
  forgetLists(tx, task);
  await holdings.release(tx, keys.task(id));
  noteDeleted(tx, {
    id,
    digest,
    salt,
    ...(manifest !== undefined && { manifest }),
    seenBy: participants,
    ...why,
  });
  return digest;
}

/** What it returned, and its log. Undefined where there is nothing of that. */
export async function deleteResult(
  holdings: Holdings,
  tx: Writes,
  task: TaskRecord,
): Promise<TaskRecord | undefined> {
  const { outcome, ...rest } = task;
  if (!hasEnded(task.status) || !outcome || (!outcome.ok && (outcome.log ?? []).length === 0))
    return undefined;
  const { log: _, ...reason } = outcome;
  const content = outcome.ok ? outcome.returnValue : Buffer.from((outcome.log ?? []).join('\n'));
  const resultDeleted = { ...saltedDigest(content), at: tx.now() };
  // Why it failed stays.
  const without: TaskRecord = { ...rest, ...(!reason.ok && { outcome: reason }), resultDeleted };
  const bytes = tx.put(keys.task(task.id), without);
  const held = await tx.read<HeldRecord>(keys.held(keys.task(task.id)));
  await holdings.grow(tx, keys.task(task.id), Math.min(0, bytes - (held?.bytes ?? 0)));
  return without;
}
