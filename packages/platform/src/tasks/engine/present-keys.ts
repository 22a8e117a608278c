/** Until a task is invoked, its manifest names the keys that its participants have now. */
import { TaskStatus } from '@gaiwan/protocol';
import { isSameKeyed, type KeyedParticipant, type TaskRecord } from '../../domain/index.ts';
import { withoutAgreement } from './operations.ts';

const open: ReadonlySet<TaskStatus> = new Set([
  TaskStatus.Created,
  TaskStatus.DataAssigned,
  TaskStatus.Approved,
]);

/**
 * The task with the keys of now. Another key makes another manifest: every approval is void, so that nobody is bound to what a
 * replaced key, or a password, has said. What was invoked stays as it was approved.
 */
export function withPresentKeys(task: TaskRecord, present: readonly KeyedParticipant[]): TaskRecord {
  if (!open.has(task.status) || isSameKeyed(task.keyed ?? [], present)) return task;
  const status = task.status === TaskStatus.Approved ? TaskStatus.DataAssigned : task.status;
  return { ...withoutAgreement(task), keyed: present, approvals: [], status };
}
