/** Questions about a task. What may be done with it is in tasks/engine. */
import { TaskStatus } from '@gaiwan/protocol';
import type { TaskRecord } from './records.ts';

/** "<executor_type>/<executor>": what a worker must be able to run. */
export const pairOf = (task: Pick<TaskRecord, 'function' | 'executor'>): string =>
  `${task.function.executorType}/${task.executor}`;

/** Has it an item in the work queue? */
export const isQueued = ({ status }: Pick<TaskRecord, 'status'>): boolean =>
  status === TaskStatus.Staged || status === TaskStatus.Running;
