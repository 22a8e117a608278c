/** Following a task. */
import type { MessageInitShape } from '@bufbuild/protobuf';
import type { gaiwan } from '@gaiwan/protocol';
import { approvedUsers, isEnded, parseId, type TaskRecord } from '../../domain/index.ts';
import type { Caller } from '../../ports.ts';
import { taskResult } from '../../tasks/view.ts';
import { asResource, type ManagementContext, Reading } from './context.ts';

type WatchResponse = MessageInitShape<typeof gaiwan.TaskService.method.watchTask.output>;

/** The state at once, then each change; ends after the last. */
export async function* watch(
  context: ManagementContext,
  caller: Caller,
  taskId: string,
  signal: AbortSignal,
): AsyncGenerator<WatchResponse> {
  const id = parseId(taskId, 'task') ?? taskId;
  const view = (task: TaskRecord): WatchResponse => ({
    status: task.status,
    result: taskResult(task, caller.id),
    attempt: task.attempt,
    approvedUsers: approvedUsers(task),
  });
  // Subscribed before it is read, so that no change falls between.
  const ended = new AbortController();
  const changes = context.events.subscribe(id, AbortSignal.any([signal, ended.signal]));
  try {
    const task = await new Reading(context).task(taskId);
    context.access.require({ caller, action: 'WatchTask', resource: asResource.task(task) });
    yield view(task);
    if (isEnded(task)) return;
    for await (const change of changes) {
      yield view(change);
      if (isEnded(change)) return;
    }
  } finally {
    // A reason of our own: making the standard's exception takes longer than the rest.
    ended.abort('ended');
  }
}
