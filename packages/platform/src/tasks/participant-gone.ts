/** Participants of open tasks are told when one of them goes. */
import { hasEnded, type Subject } from '@gaiwan/protocol';
import type { Store } from '@gaiwan/store';
import { keys, type TaskRecord } from '../domain/records.ts';
import { placeOf } from '../domain/task.ts';
import type { Clock, TaskEvents } from '../ports.ts';
import { transact } from '../state/transaction.ts';

export interface TellOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly events: Pick<TaskEvents, 'publish'>;
}

/**
 * An event for each open task of each account that has ended, and the task's state anew for those who watch it. Nothing rests on it: whoever
 * looks at a task, or invokes it, is told who is gone by the accounts themselves. Called after each commit that ends an account, so that no
 * task that was made meanwhile is left out, and at the start, for those of which a former run did not come to tell. Rejects with the first error of the store, after all other accounts.
 */
export async function tellOfTheGone(options: TellOptions): Promise<void> {
  const { store, clock } = options;
  const failures: unknown[] = [];
  for await (const { key } of store.entries(keys.goneAccounts())) {
    const subject = key.at(-1) as Subject;
    try {
      await tellOf(options, subject);
      await transact(store, clock, async (tx) => tx.delete(keys.goneAccount(subject)));
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) throw failures[0];
}

/** Tells of the gone, one call after the other; at first of those of a former run. Reports what a call rejects with. */
export class GoneTeller implements AsyncDisposable {
  readonly #options: TellOptions;
  readonly #report: (error: unknown) => void;
  #telling: Promise<void> = Promise.resolve();

  constructor(options: TellOptions, report: (error: unknown) => void) {
    this.#options = options;
    this.#report = report;
    this.tell();
  }

  readonly tell = (): void => {
    this.#telling = this.#telling.then(() => tellOfTheGone(this.#options)).catch(this.#report);
  };

  /** When all is told. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.#telling;
  }
}

/** Whose list of tasks nobody reads any more: what is left in it is what is still to be told. So each task has one event, whatever ends the run. */
async function tellOf({ store, clock, events }: TellOptions, subject: Subject): Promise<void> {
  for await (const { key } of store.entries(keys.userTasks(subject))) {
    const id = key.at(-1) ?? '';
    const open = await transact(store, clock, async (tx) => {
      const task = await tx.read<TaskRecord>(keys.task(id));
      if (task === undefined || hasEnded(task.status) || !(await tx.has(key))) return undefined;
      tx.event({ type: 'participant-gone', task: id, subject });
      tx.delete(key);
      tx.delete(keys.userTaskIn(subject, placeOf(task, subject), id));
      return task;
    });
    if (open) events.publish(open);
  }
}
