/** The states of a task, by name: what the table of transitions speaks about. */
import { TaskStatus } from '@gaiwan/protocol';
import type { TaskRecord } from '../../domain/index.ts';

/** In the order of a task's life. `absent`: before it is created. */
export const states = [
  'absent',
  'Created',
  'DataAssigned',
  'Approved',
  'Staged',
  'Running',
  'Finished',
  'Canceled',
  'Failed',
] as const satisfies readonly ('absent' | keyof typeof TaskStatus)[];

export type State = (typeof states)[number];
/** A state that a task can be left in. */
export type Status = Exclude<State, 'absent'>;

const byNumber = new Map<number, State>(
  states.map((state) => [state === 'absent' ? Number.NaN : TaskStatus[state], state]),
);

/** Throws for a record that no version of this program writes. */
export function stateOf(task: Pick<TaskRecord, 'status'> | undefined): State {
  if (task === undefined) return 'absent';
  const state = byNumber.get(task.status);
  if (state === undefined) throw new RangeError(`a task has the status ${task.status}`);
  return state;
}
