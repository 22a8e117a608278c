/** Participants of open tasks are told when one of them goes. */
import { hasEnded, type Subject } from '@gaiwan/protocol';
import type { Store } from '@gaiwan/store';
import { keys, type TaskRecord } from '../domain/records.ts';
import type { Clock, TaskEvents } from '../ports.ts';
import { transact } from '../state/transaction.ts';

export interface TellOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly events: Pick<TaskEvents, 'publish'>;
}

/**
 * An event for each open task of an account that has ended, and its state anew for those who watch it. Nothing rests on it: whoever
 * looks at a task, or invokes it, is told who is gone by the accounts themselves. Called after the commit that ended the account, so
 * that no task that was made meanwhile is left out.
 */
export async function tellParticipants(
  { store, clock, events }: TellOptions,
  subject: Subject,
): Promise<void> {
  for await (const { key } of store.entries(keys.userTasks(subject))) {
    const id = key.at(-1) ?? '';
    const open = await transact(store, clock, async (tx) => {
      const task = await tx.read<TaskRecord>(keys.task(id));
      if (task === undefined || hasEnded(task.status)) return undefined;
      tx.event({ type: 'participant-gone', task: id, subject });
      return task;
    });
    if (open) events.publish(open);
  }
}
