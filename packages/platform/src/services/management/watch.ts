/** Following a task. */
import type { MessageInitShape } from '@bufbuild/protobuf';
import { type gaiwan, hasEnded } from '@gaiwan/protocol';
import type { TaskRecord } from '../../domain/index.ts';
import { seesResults } from '../../pipeline/signatures.ts';
import type { StreamCall } from '../../pipeline/spec.ts';
import type { TaskEvents } from '../../ports.ts';
import { resultDeletedOf, standingApprovals, taskResult, voidApprovals } from '../../tasks/view.ts';

type WatchResponse = MessageInitShape<typeof gaiwan.TaskService.method.watchTask.output>;

/** The state at once, then each change, also of who of its participants is there; ends after the last. */
export async function* watch(
  events: TaskEvents,
  { caller, proof, read, resource: { id }, signal }: StreamCall<unknown, TaskRecord>,
): AsyncGenerator<WatchResponse> {
  const viewer = { subject: caller.subject, results: seesResults(proof) };
  const view = async (task: TaskRecord): Promise<WatchResponse> => {
    const gone = hasEnded(task.status) ? [] : await read.gone(task.participants);
    return {
      status: task.status,
      // What is gone is said in `resultDeleted`, not in Teaclave's message.
      result: task.outcome ? taskResult(task, viewer) : {},
      attempt: task.attempt,
      approvedUsers: standingApprovals(task, gone),
      goneUsers: gone,
      voidUsers: voidApprovals(task, gone),
      ...resultDeletedOf(task, viewer),
    };
  };
  const ended = new AbortController();
  // Subscribed before it is read once more, so that no change falls between.
  const changes = events.subscribe(id, AbortSignal.any([signal, ended.signal]));
  try {
    const task = await read.task(id);
    yield await view(task);
    if (hasEnded(task.status)) return;
    for await (const change of changes) {
      yield await view(change);
      if (hasEnded(change.status)) return;
    }
  } finally {
    // A reason of our own: making the standard's exception takes longer than the rest.
    ended.abort('ended');
  }
}
