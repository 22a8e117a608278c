/** Questions about a task. What may be done with it is in tasks/engine. */
import { hasEnded, type Subject, TaskStatus } from '@gaiwan/protocol';
import { refuse } from '../errors.ts';
import { limits } from '../limits.ts';
import { isVisible } from './names.ts';
import type { TaskPlace, TaskRecord, TaskRow, TaskStage } from './records.ts';

/** "<executor_type>/<executor>": what a worker must be able to run. */
export const pairOf = (task: Pick<TaskRecord, 'function' | 'executor'>): string =>
  `${task.function.executorType}/${task.executor}`;

/** Has it an item in the work queue? */
export const isQueued = ({ status }: Pick<TaskRecord, 'status'>): boolean =>
  status === TaskStatus.Staged || status === TaskStatus.Running;

/** What lists show of it. */
export const taskRowOf = ({
  creator,
  function: { id: functionId, name: functionName },
  status,
}: TaskRecord): TaskRow => ({
  creator,
  functionName,
  status,
  functionId,
});

/** As lists are filtered. */
export function stageOf(status: number): TaskStage {
  if (!hasEnded(status)) return 'open';
  if (status === TaskStatus.Finished) return 'finished';
  return status === TaskStatus.Canceled ? 'canceled' : 'failed';
}

/** Where a participant's lists have the task. */
export const placeOf = (
  task: Pick<TaskRecord, 'creator' | 'function' | 'status'>,
  user: Subject,
): TaskPlace => ({
  stage: stageOf(task.status),
  role: task.creator === user ? 'creator' : 'participant',
  functionId: task.function.id,
});

/** One line that people read. Throws `bad-decline-reason`. */
export function checkDeclineReason(text: string): string {
  const reason = text.trim();
  const most = limits.declineReason.value;
  if (reason !== '' && reason.length <= most && isVisible(reason)) return reason;
  throw refuse(
    'bad-decline-reason',
    `Say in one line of 1 to ${most} visible characters why you decline: everybody in the task reads it.`,
  );
}
