/** Questions about a task. What may be done with it is in tasks/engine. */
import { type TaskRecord, TaskStatus } from './records.ts';

/** What an invocation would wait for. */
export const missingApprovals = ({
  participants,
  approvals,
}: Pick<TaskRecord, 'participants' | 'approvals'>): string[] =>
  participants.length === 1 ? [] : participants.filter((user) => !approvals.includes(user));

/** "<executor_type>/<executor>": what a worker must be able to run. */
export const pairOf = (task: Pick<TaskRecord, 'function' | 'executor'>): string =>
  `${task.function.executorType}/${task.executor}`;

/** Has it an item in the work queue? */
export const isQueued = ({ status }: Pick<TaskRecord, 'status'>): boolean =>
  status === TaskStatus.Staged || status === TaskStatus.Running;
