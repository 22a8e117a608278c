/** Operations on a task, as the table of transitions decides: pure, so that a caller may decide again after a conflict. */
import { TaskStatus } from '@gaiwan/protocol';
import type { Stateless, TaskRecord } from '../../domain/index.ts';
import { refuse } from '../../errors.ts';
import { stateOf } from './states.ts';
import { type Before, type Branch, type Input, type Operation, type Row, table } from './table.ts';

/**
 * The task after an operation.
 *
 * @throws PlatformError with the code that the table names for the task's state, of the first guard that objects, or
 * of what was given.
 */
export function perform<O extends Operation>(operation: O, before: Before<O>, given: Input<O>): TaskRecord {
  const row: Row<Before<O>, Input<O>> = table[operation];
  const branches = row.from[stateOf(before)];
  for (const check of row.checks) {
    if (check === 'state') {
      if (branches === undefined) throw refuse(row.otherwise, row.sentence);
    } else {
      const objection = check.objection(before, given);
      if (objection) throw refuse(check.code, objection.sentence, objection);
    }
  }
  return enterState(row.change(before, given), branches ?? []);
}

function enterState(task: Stateless, branches: readonly Branch[]): TaskRecord {
  const branch = branches.find(({ when }) => when === undefined || when.holds(task));
  if (branch === undefined) throw new Error(`the table of transitions leads ${task.id} nowhere`);
  return { ...task, status: TaskStatus[branch.to] };
}

/** May the operation begin in the task's state? Its guards may still object. */
export const isDue = (operation: Operation, task: TaskRecord | undefined): boolean =>
  table[operation].from[stateOf(task)] !== undefined;
