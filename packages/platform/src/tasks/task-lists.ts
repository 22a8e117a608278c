/** The lists of its participants that a task is on, and where it stands on them. */
import { keys, placeOf, stageOf, type TaskRecord, taskRowOf } from '../domain/index.ts';
import type { Transaction } from '../state/transaction.ts';

type Writes = Pick<Transaction, 'delete' | 'mark' | 'put'>;

/** With each step of a task: the row that lists show, and the marks that they are read by. */
export function noteLists(tx: Writes, before: TaskRecord | undefined, task: TaskRecord): void {
  const { id, status, participants } = task;
  if (before?.status === status) return;
  tx.put(keys.taskRow(id), taskRowOf(task));
  if (before && stageOf(before.status) === stageOf(status)) return;
  for (const user of participants) {
    if (before) tx.delete(keys.userTaskIn(user, placeOf(before, user), id));
    else tx.mark(keys.userTask(user, id));
    tx.mark(keys.userTaskIn(user, placeOf(task, user), id));
  }
}

/** With the deletion of a task. */
export function forgetLists(tx: Pick<Transaction, 'delete'>, task: TaskRecord): void {
  const { id, participants } = task;
  tx.delete(keys.taskRow(id));
  for (const user of participants) {
    tx.delete(keys.userTask(user, id));
    tx.delete(keys.userTaskIn(user, placeOf(task, user), id));
  }
}
