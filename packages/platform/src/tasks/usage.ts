/** How often a function was used, which its quota bounds: once for each invocation, unless its task ended before it was ever run. */
import { TaskStatus } from '@gaiwan/protocol';
import type { Store } from '@gaiwan/store';
import {
  isQueued,
  keys,
  returnedUseLog,
  type TaskRecord,
  type UsageEntry,
  usageLog,
} from '../domain/index.ts';
import type { Transaction } from '../state/transaction.ts';

type Appending = Pick<Transaction, 'append' | 'now'>;

/** With the invocation of a task. */
export async function noteUse(
  tx: Appending & Pick<Transaction, 'has' | 'mark'>,
  { id, function: { id: functionId } }: TaskRecord,
): Promise<void> {
  const used = keys.usedFunction(functionId);
  if (!(await tx.has(used))) tx.mark(used);
  append(tx, usageLog(functionId), id);
}

/**
 * With the end of a task: gives back the use of one that no worker has begun. An attempt that did not count never was; a task that is run
 * twice has run once its first run is there.
 */
export function returnUse(tx: Appending, before: TaskRecord | undefined, after: TaskRecord): void {
  if (before?.status !== TaskStatus.Staged || isQueued(after)) return;
  if (before.attempt > 0 || before.first) return;
  append(tx, returnedUseLog(after.function.id), after.id);
}

/** What counts towards the quota. */
export async function usesOf(store: Pick<Store, 'logLength'>, functionId: string): Promise<number> {
  // In this order, so that it is never less than it is: what is returned was noted before.
  const returned = await store.logLength(returnedUseLog(functionId));
  return (await store.logLength(usageLog(functionId))) - returned;
}

function append(tx: Appending, log: string, task: string): void {
  const entry: UsageEntry = { task, at: tx.now() };
  tx.append(log, Buffer.from(JSON.stringify(entry)));
}
