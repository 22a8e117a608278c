/** Which inputs and outputs a task needs as long as it is open: noted beside them, so that nobody deletes them meanwhile. */
import { hasEnded } from '@gaiwan/protocol';
import { keys, type TaskRecord } from '../domain/index.ts';
import { dueAppend } from '../state/due.ts';
import type { Transaction } from '../state/transaction.ts';

type Writes = Pick<Transaction, 'append' | 'delete' | 'mark' | 'now' | 'put'>;

/** With each step of a task. What nothing needs any more, and a task that has ended, may be deleted one day: so they are in the log. */
export function noteNeeds(tx: Writes, before: TaskRecord | undefined, task: TaskRecord): void {
  const [needed, needs] = [needsOf(before), needsOf(task)];
  const gained = [...needs].filter((id) => !needed.has(id));
  const lost = [...needed].filter((id) => !needs.has(id));
  const at = tx.now();
  for (const id of gained) tx.mark(keys.openTask(id, task.id));
  for (const id of lost) tx.delete(keys.openTask(id, task.id));
  for (const id of [...gained, ...lost]) tx.put(keys.lastNeed(id), { at });
  const ends = hasEnded(task.status) && !(before && hasEnded(before.status));
  if (!ends && lost.length === 0) return;
  tx.append(...dueAppend({ at, ...(ends && { task: task.id }), ...(lost.length > 0 && { data: lost }) }));
}

const needsOf = (task: TaskRecord | undefined): ReadonlySet<string> =>
  new Set(
    task && !hasEnded(task.status)
      ? [...task.inputs, ...task.outputs].flatMap(({ data }) => data?.id ?? [])
      : [],
  );
