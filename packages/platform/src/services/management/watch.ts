/** Following a task. */
import type { MessageInitShape } from '@bufbuild/protobuf';
import { type gaiwan, hasEnded } from '@gaiwan/protocol';
import { approvedUsers, namesOf, type TaskRecord } from '../../domain/index.ts';
import { seesResults } from '../../pipeline/signatures.ts';
import type { StreamCall } from '../../pipeline/spec.ts';
import type { TaskEvents } from '../../ports.ts';
import { taskResult } from '../../tasks/view.ts';

type WatchResponse = MessageInitShape<typeof gaiwan.TaskService.method.watchTask.output>;

/** The state at once, then each change; ends after the last. */
export async function* watch(
  events: TaskEvents,
  { caller, proof, read, resource: { id }, signal }: StreamCall<unknown, TaskRecord>,
): AsyncGenerator<WatchResponse> {
  const viewer = { subject: caller.subject, results: seesResults(proof) };
  const view = (task: TaskRecord): WatchResponse => ({
    status: task.status,
    result: taskResult(task, viewer),
    attempt: task.attempt,
    approvedUsers: namesOf(approvedUsers(task)),
  });
  const ended = new AbortController();
  // Subscribed before it is read once more, so that no change falls between.
  const changes = events.subscribe(id, AbortSignal.any([signal, ended.signal]));
  try {
    const task = await read.task(id);
    yield view(task);
    if (hasEnded(task.status)) return;
    for await (const change of changes) {
      yield view(change);
      if (hasEnded(change.status)) return;
    }
  } finally {
    // A reason of our own: making the standard's exception takes longer than the rest.
    ended.abort('ended');
  }
}
