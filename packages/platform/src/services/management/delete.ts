/** Deleting one's data and ended tasks. */
import { type gaiwan, hasEnded } from '@gaiwan/protocol';
import { agree } from '../../deletion/agree.ts';
import { deleteData, openTasksOf } from '../../deletion/delete-data.ts';
import { deletersOf, deleteTask } from '../../deletion/delete-task.ts';
import { keys, namesOf, type TaskRecord } from '../../domain/index.ts';
import { refuse } from '../../errors.ts';
import type { Handlers } from '../../pipeline/handlers.ts';
import { command } from '../../pipeline/method.ts';
import type { ManagementContext } from './context.ts';
import { onData, onTask } from './resources.ts';

const waiting = (waitingFor: string[]) => ({ deleted: false, waitingFor, digest: new Uint8Array() });
const deleted = (digest: string) => ({
  deleted: true,
  waitingFor: [],
  digest: new Uint8Array(Buffer.from(digest, 'hex')),
});

export const deleteDataMethod = (
  context: ManagementContext,
): Pick<Handlers<typeof gaiwan.DataService>, 'deleteData'> => ({
  deleteData: command({
    action: 'DeleteData',
    resource: onData,
    run: async ({ tx, caller: { subject: by }, resource: data }) => {
      const { id, owners } = data;
      const tasks = await openTasksOf(context.store, tx, id);
      if (tasks.length > 0)
        throw refuse('data-needed', `${id} is named by ${tasks.join(', ')}, which has not ended.`, {
          subjects: tasks,
        });
      const missing = namesOf(await agree(tx, { id, needs: owners, by }));
      const event = { data: id, owners, missing };
      if (missing.length > 0)
        return { reply: waiting(missing), event: { ...event, type: 'data-deletion-agreed' } };
      const digest = await deleteData(context, tx, data, { reason: 'owners', by });
      return {
        reply: deleted(digest),
        event: { ...event, type: 'data-deleted', digest, reason: 'owners' },
        afterwards: () => context.blobs.removeGone(),
      };
    },
  }),
});

export const deleteTaskMethod = ({
  holdings,
}: ManagementContext): Pick<Handlers<typeof gaiwan.TaskService>, 'deleteTask'> => ({
  deleteTask: command({
    action: 'DeleteTask',
    resource: onTask,
    run: async ({ tx, caller: { subject: by }, resource }) => {
      // As it is kept.
      const task = (await tx.read<TaskRecord>(keys.task(resource.id))) ?? resource;
      const { id, status } = task;
      if (!hasEnded(status))
        throw refuse('task-open', `${id} has not ended: wait for its end, or cancel it.`);
      const missing = namesOf(await agree(tx, { id, needs: deletersOf(task), by }));
      const event = { task: id, missing };
      if (missing.length > 0)
        return { reply: waiting(missing), event: { ...event, type: 'task-deletion-agreed' } };
      const digest = await deleteTask(holdings, tx, task, { reason: 'owners', by });
      return { reply: deleted(digest), event: { ...event, type: 'task-deleted', digest, reason: 'owners' } };
    },
  }),
});
