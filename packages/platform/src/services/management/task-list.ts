/** Pages of a caller's tasks, by status, by what the caller is in them, and by function. */
import { gaiwan, type Subject } from '@gaiwan/protocol';
import type { Store } from '@gaiwan/store';
import {
  fold,
  keys,
  parseId,
  stageOf,
  type TaskRole,
  type TaskRow,
  taskRoles,
  taskStages,
} from '../../domain/index.ts';
import { refuse } from '../../errors.ts';
import { checkFilter, type FilteredPage, filteredPage, type Part } from '../../state/filtered-page.ts';
import type { PageRequest } from './pages.ts';
import { readPage } from './pages.ts';

export interface TaskListRequest extends PageRequest {
  readonly statuses: readonly number[];
  readonly role: gaiwan.TaskRole;
  readonly functionId: string;
  readonly functionNamePrefix: string;
}

const rolesOf: Readonly<Record<gaiwan.TaskRole, readonly TaskRole[]>> = {
  [gaiwan.TaskRole.UNSPECIFIED]: taskRoles,
  [gaiwan.TaskRole.CREATOR]: ['creator'],
  [gaiwan.TaskRole.PARTICIPANT]: ['participant'],
};

/** More than there are. */
const MOST_STATUSES = 16;

/** Rejects with `PlatformError`: bad-page-token, bad-filter. */
export async function pageOfTasks(
  store: Store,
  user: Subject,
  request: TaskListRequest,
): Promise<FilteredPage<TaskRow>> {
  const { role, functionId } = request;
  if (request.statuses.length > MOST_STATUSES)
    throw refuse('bad-filter', `A list is filtered by at most ${MOST_STATUSES} statuses.`);
  const statuses = new Set(request.statuses);
  const start = fold(checkFilter('The beginning of a name', request.functionNamePrefix));
  if (statuses.size === 0 && role === gaiwan.TaskRole.UNSPECIFIED && functionId === '' && start === '')
    return readPage<TaskRow>(store, keys.userTasks(user), keys.taskRow, request);
  const roles = rolesOf[role];
  // An open enumeration: a newer client may send what is none here.
  if (roles === undefined) throw refuse('bad-filter', `There is no role ${role} in a task.`);
  const of = functionId === '' ? undefined : parseId(functionId, 'function');
  if (functionId !== '' && of === undefined) throw refuse('bad-filter', 'The function is named by no id.');
  const stages = taskStages.filter(
    (stage) => statuses.size === 0 || [...statuses].some((status) => stageOf(status) === stage),
  );
  const wants = ({ status, functionName }: TaskRow) =>
    (statuses.size === 0 || statuses.has(status)) && fold(functionName).startsWith(start);
  const parts = stages.flatMap((stage) =>
    roles.map((as): Part<TaskRow> => ({ marks: keys.userTasksIn(user, { stage, role: as }, of), wants })),
  );
  return filteredPage(store, parts, keys.taskRow, request);
}
